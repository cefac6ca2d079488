"""Corpora that are prepared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class PreparationOut(Record):
    """A corpus that is prepared, and the new one that comes of it."""

    id: int
    corpus: int | None
    corpus_name: str
    result: int | None
    job: JobState
    stage: str
    progress: Progress
    finished: bool
    created: datetime


class PreparationDetail(PreparationOut):
    config: dict[str, Any]
    stages: tuple[dict[str, Any], ...]
    report: dict[str, Any] | None
    files: tuple[dict[str, Any], ...]
