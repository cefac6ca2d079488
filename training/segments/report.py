"""Counts of what was cut, for the `segments` command and its page. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from statistics import median_low

from training.contract.boundaries_file import text_sha256
from training.contract.segments_report import LENGTH_EDGES, DocumentSegments, SegmentsReport
from training.contract.settings.segments import SegmentsConfig
from training.records import SegmentedDocument
from training.segments.cut import targets
from training.segments.run import Cut


def report_of(cut: Cut, settings: SegmentsConfig, seconds: float) -> SegmentsReport:
    """What the pages show of a cut; `seconds` is how long it took."""
    lengths = [len(segment.strip()) for one in cut.cuts for segment in one.segments]
    inner = [len(segment.strip()) for one in cut.cuts for segment in one.segments[1:-1]]
    histogram = [0] * (len(LENGTH_EDGES) + 1)
    for length in lengths:
        histogram[bisect_left(LENGTH_EDGES, length)] += 1
    return SegmentsReport(
        documents=len(cut.cuts),
        segments=len(lengths),
        targets=sum(len(targets(one, settings)) for one in cut.cuts),
        edges=len(lengths) - len(inner),
        too_short=sum(length < settings.min_characters for length in inner),
        too_long=sum(length > settings.max_characters for length in inner),
        min_characters=settings.min_characters,
        max_characters=settings.max_characters,
        median_characters=median_low(lengths),
        longest_characters=max(lengths),
        histogram=tuple(histogram),
        adjusted=cut.adjusted,
        asked=sum(one.asked for one in cut.splits),
        refused=sum(one.refused for one in cut.splits),
        splitter=settings.splitter,
        seconds=seconds,
    )


def lines_of(cuts: Iterable[SegmentedDocument], settings: SegmentsConfig) -> Iterable[DocumentSegments]:
    """The lines of segments.jsonl."""
    for cut in cuts:
        yield DocumentSegments(
            document=cut.document.index,
            sha256=text_sha256(cut.document.text),
            ends=cut.ends,
            targets=len(targets(cut, settings)),
        )


def changed(cuts: Iterable[SegmentedDocument]) -> list[int]:
    """Documents whose segments do not join to their text byte for byte: none, or the splitter is wrong."""
    return [
        cut.document.index for cut in cuts if "".join(cut.segments).encode() != cut.document.text.encode()
    ]
