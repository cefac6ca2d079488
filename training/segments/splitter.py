"""What cuts texts into segments: the protocol, and the one that needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from training.segments.cut import ends_of
from training.segments.sentences import sentence_starts


@dataclass(frozen=True, slots=True)
class SplitText:
    """Where the segments of one text end."""

    ends: tuple[int, ...]  # in its UTF-8 bytes; the last is their number
    asked: int = 0  # parts of it that a model was shown
    refused: int = 0  # of these, parts that the model did not give back unchanged: cut into sentences


class Splitter(Protocol):
    """Cuts texts."""

    identity: str
    """Equal where the same text is cut the same way; part of the cache's key."""
    together: int
    """Texts worth giving in one call."""

    def split(self, texts: Sequence[str]) -> list[SplitText]:
        """One result for each text, in order; no text is empty."""


class SentenceSplitter:
    """NLTK's sentences with formulas, abbreviations, decimals and Chinese protected."""

    identity = "sentences 1"  # raised when the rules change
    together = 16

    def split(self, texts: Sequence[str]) -> list[SplitText]:
        return [SplitText(ends_of(text, sentence_starts(text))) for text in texts]
