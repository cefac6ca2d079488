"""What cutting a corpus into segments found, and the file of boundaries beside it.

`segments.jsonl` holds one document a line, `segments.index.json` the byte offset of each line,
`report.json` the counts. The report is written last: where it is, the rest is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

SEGMENTS_FILE = "segments.jsonl"
INDEX_FILE = "segments.index.json"
REPORT_FILE = "report.json"
LENGTH_EDGES = (12, 25, 50, 75, 100, 150, 200, 300, 500, 1000)
"""Characters, without the whitespace around: where the bars of the histogram end."""


class DocumentSegments(BaseModel):
    """Where a document's segments end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    document: int  # Document.index
    sha256: str  # of its text
    ends: tuple[int, ...]  # in its UTF-8 bytes, the last one with the document
    targets: int  # segments of it that may be predicted


class SegmentsReport(BaseModel):
    """Counts over all documents."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    documents: int
    segments: int
    targets: int  # may be predicted
    edges: int  # first and last segments of their document, never predicted
    too_short: int  # of the others
    too_long: int
    min_characters: int
    max_characters: int
    median_characters: int  # of all segments, without the whitespace around
    longest_characters: int
    histogram: tuple[int, ...]  # segments up to each of LENGTH_EDGES, then the longer ones
    adjusted: int = 0  # documents cut where a person said
    asked: int = 0  # parts shown to a model that marks atomic steps
    refused: int = 0  # of these, parts it changed: cut into sentences
    splitter: str = "sentences"
    seconds: float = 0.0

    @property
    def too_short_share(self) -> float:
        return self.too_short / self.segments if self.segments else 0.0


def write_segments(documents: Iterable[DocumentSegments], report: SegmentsReport, out: Path) -> None:
    """Write the three files into the folder `out`, which is made if missing."""
    out.mkdir(parents=True, exist_ok=True)
    offsets, offset = [], 0
    with open(out / SEGMENTS_FILE, "wb") as file:
        for document in documents:
            line = document.model_dump_json().encode() + b"\n"
            offsets.append(offset)
            offset += file.write(line)
    (out / INDEX_FILE).write_text(json.dumps(offsets), encoding="utf-8")
    (out / REPORT_FILE).write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_segments_report(out: Path) -> SegmentsReport:
    return SegmentsReport.model_validate_json((out / REPORT_FILE).read_bytes())


def read_document_segments(out: Path, lines: Sequence[int]) -> list[DocumentSegments | None]:
    """The documents on these lines, from 0; None for a line that is not there."""
    try:
        offsets: list[int] = json.loads((out / INDEX_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [None for _ in lines]
    found: list[DocumentSegments | None] = []
    with open(out / SEGMENTS_FILE, "rb") as file:
        for line in lines:
            if not 0 <= line < len(offsets):
                found.append(None)
                continue
            file.seek(offsets[line])
            found.append(DocumentSegments.model_validate_json(file.readline()))
    return found
