"""The prefix ruler: a prediction laid against the truth byte by byte, and the class of its miss. Pure.

The nine classes are exclusive and tried in the order of `CLASSES`. They explain a reward and never
change it; the reward of RPT Eq. 3 is computed again here, so that a page can hold it against the
stored one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.trajectories.glyphs import Glyph, glyphs


@dataclass(frozen=True, slots=True)
class MissClass:
    key: str
    label: str
    tone: str  # of its chip
    icon: str
    help: str


_ALL = (
    MissClass("no_answer", "No answer", "bad", "stop", "Truncated, or no readable box after the thought."),
    MissClass(
        "hit", "Hit", "good", "check", "A prefix of the truth that ends on a token boundary: reward 1."
    ),
    MissClass("off_boundary", "Off boundary", "warn", "short", "The bytes are right but end inside a token."),
    MissClass(
        "past", "Past the stored truth", "warn", "next", "Right to the end of what is stored, and longer."
    ),
    MissClass("whitespace", "Whitespace only", "warn", "warning", "Would hit with other outer whitespace."),
    MissClass(
        "form", "Form only", "warn", "warning", "Would hit but for case, quotes, dashes or Unicode form."
    ),
    MissClass("diverged", "Diverged", "warn", "warning", "Right over at least one token, then wrong."),
    MissClass(
        "shared", "Shared bytes", "bad", "cross", "Right in its first bytes, wrong within the first token."
    ),
    MissClass("wrong", "Wrong", "bad", "cross", "Wrong from the first byte."),
)
CLASSES: dict[str, MissClass] = {found.key: found for found in _ALL}

TRUNCATED = MissClass(
    "truncated",
    "Truncated, ran out of tokens",
    "bad",
    "stop",
    "The response met the token limit before it answered.",
)
"""What pages count apart from the other responses without an answer; no class of its own."""

_NO_ANSWER = {
    "truncated": "Truncated by the token limit",
    "no_think_end": "The thought never ended",
    "no_box": "No box after the thought",
    "unbalanced": "The box never closed",
    "empty": "The box is empty",
}
_FORM = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—―−", '\'\'\'\'""""""-------')


ROOM = 48
"""Bytes of a prediction that are drawn beyond the end of the truth; a box may hold thousands."""


@dataclass(frozen=True, slots=True)
class RulerRow:
    """A prediction against the truth."""

    kind: MissClass
    label: str  # of the chip: the class with its number
    note: str  # what would have hit, or why there is nothing; may be ""
    glyphs: tuple[Glyph, ...]
    hidden: int  # bytes after them that are not drawn
    shared: int  # bytes from the start that are the same
    distance: int | None  # off boundary: bytes to the next boundary; diverged: bytes since the last
    reward: float  # RPT Eq. 3, computed here


def classify(prediction: bytes | None, truth: bytes, boundaries: Sequence[int], reason: str) -> RulerRow:
    """Lay a prediction against the truth.

    Args:
        prediction: the box's bytes, which may be no valid UTF-8; None: no box.
        truth: the true continuation's bytes, up to the horizon.
        boundaries: cumulative byte lengths of the truth's tokens, rising.
        reason: the stored reason; one of those in `_NO_ANSWER` means that nothing was judged.
    """
    answer = prediction or b""
    shared = _shared(answer, truth)
    kind = class_of(prediction, truth, boundaries, reason)
    note, distance = "", None
    if kind == "no_answer":
        note = _NO_ANSWER.get(reason, "The box is empty")
    elif kind in {"hit", "off_boundary"}:
        distance = min((end - shared for end in boundaries if end > shared), default=None)
    elif kind == "past":
        note = "nothing is known beyond the stored truth"
    elif kind == "diverged":
        passed = _passed(shared, boundaries)
        distance, note = shared - passed, f"stopping at byte {passed} would hit"
    drawn = _drawn(answer, len(truth) + ROOM)
    return RulerRow(
        kind=CLASSES[kind],
        label=_label(kind, shared, boundaries, distance, reason),
        note=note,
        glyphs=glyphs(answer[:drawn], boundaries, truth),
        hidden=len(answer) - drawn,
        shared=shared,
        distance=distance if kind in {"off_boundary", "diverged"} else None,
        reward=1.0 if kind == "hit" else 0.0,
    )


def class_of(prediction: bytes | None, truth: bytes, boundaries: Sequence[int], reason: str) -> str:
    """The key of a prediction's class, of CLASSES; arguments as for `classify`."""
    answer = prediction or b""
    if reason in _NO_ANSWER or not answer:
        return "no_answer"
    shared = _shared(answer, truth)
    if shared == len(answer):
        return "hit" if shared in boundaries else "off_boundary"
    if shared == len(truth):
        return "past"
    if _hits_without_outer_space(answer, truth, boundaries):
        return "whitespace"
    if _hits_in_another_form(answer, truth, boundaries):
        return "form"
    if _passed(shared, boundaries):
        return "diverged"
    return "shared" if shared else "wrong"


def _passed(shared: int, boundaries: Sequence[int]) -> int:
    """The last boundary that the shared bytes reach; 0: none."""
    return max((end for end in boundaries if end <= shared), default=0)


def _label(kind: str, shared: int, boundaries: Sequence[int], distance: int | None, reason: str) -> str:
    name = CLASSES[kind].label
    if kind == "hit":
        tokens = list(boundaries).index(shared) + 1
        return f"{name}, {tokens} tokens" if tokens > 1 else f"{name}, {tokens} token"
    if kind == "off_boundary" and distance is not None:
        return f"{name} (+{distance} B to the next)"
    if kind == "shared":
        return f"{name}: {shared}"
    return "Truncated" if reason == "truncated" else name


def _drawn(answer: bytes, room: int) -> int:
    """How many bytes are drawn: at most `room`, and no part of a character."""
    if len(answer) <= room:
        return len(answer)
    while room and answer[room] & 0xC0 == 0x80:  # a continuation byte of UTF-8
        room -= 1
    return room


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes from the start are the same."""
    size = min(len(one), len(other))
    return next((i for i in range(size) if one[i] != other[i]), size)


def _hits_without_outer_space(answer: bytes, truth: bytes, boundaries: Sequence[int]) -> bool:
    bare = answer.strip()
    cut = len(truth) - len(truth.lstrip())
    return bool(bare) and truth[cut:].startswith(bare) and cut + len(bare) in boundaries


def _hits_in_another_form(answer: bytes, truth: bytes, boundaries: Sequence[int]) -> bool:
    wanted = _form(answer)
    return bool(wanted) and any(_form(truth[:end]) == wanted for end in boundaries)


def _form(data: bytes) -> str | None:
    """Text without what the form class overlooks; None for bytes that are no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return unicodedata.normalize("NFKC", text).translate(_FORM).casefold().strip()
