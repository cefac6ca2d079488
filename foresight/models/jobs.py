"""The process behind something, how far it is, and what a request to change it did."""

from __future__ import annotations

from datetime import datetime

from foresight.models.base import Record


class Progress(Record):
    done: int
    total: int
    unit: str


class JobError(Record):
    message: str
    field: str
    remedy: str
    retryable: bool
    log: tuple[str, ...]


class JobState(Record):
    """The process behind a run, a scan, a probe or an evaluation."""

    state: str
    label: str
    ended: bool
    cancelling: bool
    attempt: int
    restarts: int
    ahead: int
    started: datetime | None
    finished: datetime | None
    error: JobError | None


class Changed(Record):
    """Whether a request to cancel or resume changed anything, and the words for it."""

    changed: bool
    message: str
