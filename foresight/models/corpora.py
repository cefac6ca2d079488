"""Corpora, their documents, models of the site, scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobError, JobState, Progress


class CorpusOut(Record):
    """A corpus. It can be used once its state is `ready`."""

    id: int
    name: str
    kind: str  # documents or conversations
    state: str  # checking, ready or invalid
    source: str
    text_field: str
    join_fields: tuple[str, ...]
    template: str
    created: datetime
    error: JobError | None
    report: dict[str, Any] | None


class DocumentSummary(Record):
    index: int
    name: str
    characters: int
    bytes: int
    start: str


class DocumentText(Record):
    index: int
    name: str
    text: str


class ModelOut(Record):
    """A model that can be named in settings and scans."""

    name: str
    label: str


class ScanOut(Record):
    """An entropy scan."""

    id: int
    corpus: int
    model: str
    max_documents: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class ScanDetail(ScanOut):
    summary: dict[str, Any] | None
    bin: float  # nats
    histogram: tuple[int, ...]
