"""Runs: their state, verdict, events, log and curves, and the limits of the verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class RunOut(Record):
    """A run, as a list shows it."""

    id: int
    name: str
    state: str
    experiment: int
    corpus: int
    corpus_name: str
    step: int
    steps_asked: int
    stage: str
    stage_label: str
    progress: Progress
    seconds_per_step: float | None
    eta_seconds: float | None
    last_reward: float | None
    last_event: datetime | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    is_control: bool
    control_of: int | None
    start_from: str
    method: str
    changed: tuple[tuple[str, str], ...]
    health: str  # good, warn or bad; empty before there is a verdict
    health_note: str
    tags: tuple[str, ...]
    starred: bool
    archived: bool


class CheckOut(Record):
    """One part of the verdict."""

    name: str
    key: str
    status: str  # good, warn, bad or none
    value: str
    caption: str
    sentence: str


class RunDetail(RunOut):
    job: JobState
    verdict: tuple[CheckOut, ...]
    stages: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]
    controls: tuple[int, ...]
    notes: str
    config: dict[str, Any]
    cursor: int  # of its newest event


class BulkDone(Record):
    """How many runs were changed, how many were left as they are, and why the first of those was."""

    changed: int
    left: int
    why: str


class Events(Record):
    """Events after a cursor, and the state above them."""

    cursor: int
    job: dict[str, Any]
    run: dict[str, Any]
    events: tuple[dict[str, Any], ...]


class LogOut(Record):
    attempt: int
    lines: tuple[str, ...]
    end: int
    cut: bool


class MetricOut(Record):
    key: str
    label: str
    unit: str
    formula: str
    healthy: str


class Series(Record):
    """A curve by rising step; `time` is in Unix milliseconds."""

    step: tuple[int, ...]
    value: tuple[float, ...]
    time: tuple[int, ...]
    attempt: tuple[int, ...]
    total: int
    sampled: bool


class ThresholdOut(Record):
    """One limit of the verdict."""

    name: str
    label: str
    unit: str
    value: float
    usual: float
