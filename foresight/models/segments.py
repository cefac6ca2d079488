"""How a corpus is cut, and a document's segments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class CutOut(Record):
    """A corpus cut, or being cut, into segments."""

    id: int
    corpus: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class SegmentsOut(Record):
    """How a corpus is cut. Documents are shown by the cut `shown`."""

    latest: CutOut | None
    shown: int | None
    report: dict[str, Any] | None
    edges: tuple[int, ...]  # characters
    adjusted: int


class CutDocument(Record):
    index: int
    name: str
    segments: int | None
    targets: int
    adjusted: bool


class SegmentOut(Record):
    """One segment; joined, the texts are the document."""

    index: int
    text: str
    end: int  # bytes
    characters: int
    why_not: str  # first, last, short, long; "": may be predicted


class DocumentCutOut(Record):
    """A document's segments. A change names the revision that it was made on."""

    index: int
    name: str
    revision: int
    changes: int
    segments: tuple[SegmentOut, ...]
