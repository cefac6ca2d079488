"""Segments by a model's marks: atomic steps of the reasoning (RLPT 3.2, METHODS B3).

The model is shown a part of a text and copies it with a mark after every step. Its marks are mapped
back to places in the text itself, so what it copied never takes the text's place. A part that it did
not give back unchanged, whitespace aside, is cut into sentences and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from training.segments.cut import ends_of
from training.segments.protect import is_inside, protected_spans
from training.segments.sentences import sentence_starts
from training.segments.splitter import SplitText

MARK = "<|step|>"
PLACEHOLDER = "{text}"
TEMPLATE = Path(__file__).with_name("atomic_steps.txt").read_text("utf-8")
"""Ours: the paper names such a splitter and gives no prompt."""
PART_CHARACTERS = 1200
"""Of a text, shown together: a long copy goes astray. A part ends where a sentence ends."""


class Marker(Protocol):
    """A model that copies a text and marks it."""

    identity: str
    """Equal where the same weights are asked the same way."""

    def mark(self, parts: Sequence[str]) -> list[str]:
        """The model's reply to each part, as it came.

        Raises ForesightError where the model cannot be asked.
        """


class StepSplitter:
    """Cuts texts where a model marks the end of a step."""

    together = 8

    def __init__(self, marker: Marker) -> None:
        self.identity = f"atomic steps 1 {marker.identity}"
        self._marker = marker

    def split(self, texts: Sequence[str]) -> list[SplitText]:
        parts = [_parts(text) for text in texts]
        replies = iter(self._marker.mark([part for of_text in parts for part in of_text]))
        return [
            _split(text, of_text, [next(replies) for _ in of_text])
            for text, of_text in zip(texts, parts, strict=True)
        ]


def marked_places(part: str, reply: str) -> list[int] | None:
    """Where the steps of a part begin, in characters; None where the reply is not the part with marks.

    Whitespace is not compared: models change it. A step begins at the first character after its
    mark that is no whitespace.
    """
    if MARK in part:
        return None
    pieces = ["".join(piece.split()) for piece in reply.split(MARK)]
    solid = [place for place, character in enumerate(part) if not character.isspace()]
    if "".join(pieces) != "".join(part.split()):
        return None
    places, passed = [], 0
    for piece in pieces[:-1]:
        passed += len(piece)
        if 0 < passed < len(solid):
            places.append(solid[passed])
    return sorted(set(places))


def _split(text: str, parts: Sequence[str], replies: Sequence[str]) -> SplitText:
    spans, starts, refused, begin = protected_spans(text), set[int](), 0, 0
    for part, reply in zip(parts, replies, strict=True):
        places = marked_places(part, reply)
        if places is None:
            refused += 1
            places = sentence_starts(part)
        starts |= {begin, *(begin + place for place in places)}
        begin += len(part)
    kept = sorted(place for place in starts if place and not is_inside(spans, place))
    return SplitText(ends_of(text, kept), asked=len(parts), refused=refused)


def _parts(text: str) -> list[str]:
    """The text in parts of whole sentences, as long as may be shown; joined they are the text."""
    cuts = [0, *sentence_starts(text), len(text)]
    parts, begin = [], 0
    for end, after in zip(cuts[1:], [*cuts[2:], None], strict=True):
        if after is None or after - begin > PART_CHARACTERS:
            parts.append(text[begin:end])
            begin = end
    return parts
