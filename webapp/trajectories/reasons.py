"""The kinds of task, and the reasons that training stores, in words."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "token": "next token",
    "asr": "next segment",
    "msr": "masked segment",
    "problem": "problem",
}
KINDS_OF: dict[str, tuple[str, ...]] = {"rpt": ("token",), "rlpt": ("asr", "msr"), "rlvr": ("problem",)}
"""What a run of each method is asked."""

REASONS: dict[str, str] = {
    "match": "hit",
    "boundary_miss": "off boundary",
    "mismatch": "mismatch",
    "empty": "empty box",
    "no_box": "no box",
    "no_think_end": "thought never ended",
    "unbalanced": "box never closed",
    "truncated": "truncated",
    "no_prediction": "no pair of tags",
    "too_short": "too short to judge",
    "copied": "shown segment given back",
    "malformed": "verdict not readable",
}
_RULED = ("match", "mismatch", "empty", "no_box", "no_think_end", "unbalanced", "truncated")
_JUDGED = (
    "match", "mismatch", "malformed", "too_short", "copied", "no_prediction", "empty", "no_think_end", "truncated",
)  # fmt: skip
_SEGMENT = {"match": "judged right", "mismatch": "judged wrong", "empty": "nothing between the tags"}
_BY_KIND: dict[str, dict[str, str]] = {
    "token": {key: REASONS[key] for key in ("match", "boundary_miss", *_RULED[1:])},
    "asr": {key: _SEGMENT.get(key, REASONS[key]) for key in _JUDGED if key != "copied"},
    "msr": {key: _SEGMENT.get(key, REASONS[key]) for key in _JUDGED},
    "problem": {key: REASONS[key] for key in _RULED} | {"match": "right", "mismatch": "wrong"},
}


def reasons_of(kind: str) -> dict[str, str]:
    """The reasons that rollouts of a kind can have, in words. Of a kind that is not known: all of them."""
    return _BY_KIND.get(kind, REASONS)


def right_word(kind: str) -> str:
    """What a rewarded rollout is called: "3 of 8 hit", "3 of 8 right"."""
    return "hit" if kind == "token" else "right"
