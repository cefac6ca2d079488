"""Presets, what a run would take, experiments and probes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class PresetOut(Record):
    name: str
    help: str
    config: dict[str, Any]
    yaml: str
    own: bool


class MemoryPartOut(Record):
    name: str
    formula: str
    bytes: int


class MemoryPhaseOut(Record):
    name: str
    bytes: int
    parts: tuple[MemoryPartOut, ...]


class MemoryOut(Record):
    """Memory of a GPU, or of the machine on a CPU, at its largest."""

    device: str
    bytes: int
    available: int
    fits: bool
    phases: tuple[MemoryPhaseOut, ...]


class TimeOut(Record):
    """How long a run takes, at most."""

    seconds: float
    seconds_per_step: float
    steps: int
    flops: float
    flops_per_second: float
    source: str
    run: int | None


class EstimateOut(Record):
    """What a run would take; a part that is not known is None."""

    memory: MemoryOut | None
    time: TimeOut | None


class Validation(Record):
    """What is to be said of an experiment before it is stored."""

    valid: bool
    errors: dict[str, str]
    notes: dict[str, str]
    warnings: tuple[str, ...]
    config: dict[str, Any] | None
    corpus: int | None
    rollouts_per_step: int
    updates_per_step: int
    disk_bytes: int | None


class ExperimentOut(Record):
    id: int
    name: str
    corpus: int
    corpus_name: str
    preset: str
    created: datetime
    runs: tuple[int, ...]


class ExperimentDetail(ExperimentOut):
    config: dict[str, Any]


class ProbeOut(Record):
    id: int
    kind: str
    corpus: int
    model: str
    positions: int
    samples: int
    job: JobState
    stage: str
    progress: Progress
    finished: bool
    created: datetime


class ProbeDetail(ProbeOut):
    config: dict[str, Any]
    words: tuple[str, ...]
    groups: dict[str, Any] | None
    prompts: dict[str, Any] | None


class PromptPreview(Record):
    """The exact prompt of one position."""

    prompt: str
    tokens: int
    next_token: str
    document_name: str
    entropy: float | None
    problems: tuple[str, ...]
