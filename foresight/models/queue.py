"""The queue: jobs at work, jobs that wait, machines."""

from __future__ import annotations

from datetime import datetime

from foresight.models.base import Record
from foresight.models.jobs import Progress


class QueueJob(Record):
    """A job at work or one that waits; what another person's is called is not told."""

    id: int
    kind: str
    what: str
    mine: bool
    may_change: bool
    state: str
    machine: str
    queued: datetime
    started: datetime | None
    stage: str
    progress: Progress | None
    seconds_left: float | None
    place: int
    starts_in: float | None


class MachineOut(Record):
    """A machine and its newest run's report of it; None: not reported."""

    name: str
    at_work: int
    slots: int | None
    short: int
    heartbeat: datetime | None
    reported: datetime | None
    cpu: float | None
    memory: float | None
    gpu: float | None
    gpu_memory: float | None
    disk_free: float | None


class QueueOut(Record):
    at_work: tuple[QueueJob, ...]
    waiting: tuple[QueueJob, ...]
    waiting_short: tuple[QueueJob, ...]
    unshown: int
    machines: tuple[MachineOut, ...]
