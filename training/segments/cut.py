"""A document and where its segments end, put together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from training.contract.boundaries_file import fault_of
from training.contract.errors import ForesightError
from training.contract.settings.segments import SegmentsConfig
from training.records import Document, SegmentedDocument


def ends_of(text: str, starts: Sequence[int]) -> tuple[int, ...]:
    """Where segments end in the text's UTF-8 bytes, from where they begin in characters (0 left out)."""
    cuts = (0, *starts, len(text))
    sizes = (len(text[start:end].encode()) for start, end in pairwise(cuts))
    return tuple(accumulate(sizes))


def cut_at(document: Document, ends: Sequence[int]) -> SegmentedDocument:
    """The document cut into segments that end at these bytes.

    Raises ForesightError where they do not fit its text.
    """
    data = document.text.encode()
    fault = fault_of(data, ends)
    if fault:
        raise ForesightError(
            f"The boundaries of document {document.index} ({document.name}) do not fit it. {fault}",
            field="segments.boundaries",
            remedy="Set the document's boundaries anew.",
        )
    segments = tuple(data[start:end].decode() for start, end in pairwise((0, *ends)))
    return SegmentedDocument(document, segments, tuple(ends))


def targets(cut: SegmentedDocument, settings: SegmentsConfig) -> list[int]:
    """Which segments can be predicted: those of a fitting length, the first and the last left out.

    RLPT's tuples are (s_<i, s_i, s_i+1) with i = 2 .. n-1 (METHODS B3). Lengths count characters
    without the whitespace around them.
    """
    return [
        index
        for index in range(1, len(cut.segments) - 1)
        if settings.min_characters <= len(cut.segments[index].strip()) <= settings.max_characters
    ]
