"""The queue: jobs at work, jobs that wait, machines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from webapp.api.schemas.common import Changed, Progress, replies
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.move import move_job
from webapp.queue.machines import Machine
from webapp.queue.shown import Line, changeable_job, queue_of, reader_of

router = Router(tags=["Queue"])


class QueueJob(Schema):
    """A job at work or one that waits. What another person's is called is not told."""

    id: int
    kind: str = Field(description="run, scan, prepare, segments, probe, prompts, evaluate, answers, try ...")
    what: str = Field(description="What it is, in words.")
    mine: bool
    may_change: bool = Field(description="Whether you may move and cancel it: yours, or any for staff.")
    state: str
    machine: str = Field(description="Where it is at work; empty for one that never was.")
    queued: datetime
    started: datetime | None
    stage: str = Field(description="Of one at work, before and between its steps.")
    progress: Progress | None
    seconds_left: float | None = Field(description="Of one at work; null where nobody can say.")
    place: int = Field(description="From 1, of one that waits; 0 for one at work.")
    starts_in: float | None = Field(
        description="Seconds, of one that waits, if nobody moves anything; null where nobody can say."
    )


class MachineOut(Schema):
    """A machine that has jobs at work, or had within the last day. What was never reported is null."""

    name: str
    at_work: int
    slots: int | None = Field(description="Jobs it does at once; null for another machine than the site's.")
    short: int = Field(description="Models it has loaded for Try it, beside those.")
    heartbeat: datetime | None
    reported: datetime | None = Field(description="When its newest run reported the shares that follow.")
    cpu: float | None
    memory: float | None
    gpu: float | None
    gpu_memory: float | None = Field(description="Of the fullest GPU.")
    disk_free: float | None = Field(description="GiB.")


class QueueOut(Schema):
    """Everything that is at work or waits, also of other people."""

    at_work: list[QueueJob]
    waiting: list[QueueJob] = Field(description="In the order in which they start.")
    waiting_short: list[QueueJob] = Field(description="Sessions of Try it, which have slots of their own.")
    unshown: int = Field(description="How many more wait behind those.")
    machines: list[MachineOut]


class MoveIn(Schema):
    """Where to."""

    to: Literal["first", "up", "down"]


@router.get("/queue", response=replies(QueueOut), summary="Show the queue")
def show_queue(request: HttpRequest) -> Any:
    """What is at work, what waits in which order, and the machines."""
    found = queue_of(reader_of(request), timezone.now())
    return QueueOut(
        at_work=[_job(line) for line in found.at_work],
        waiting=[_job(line) for line in found.waiting],
        waiting_short=[_job(line) for line in found.short],
        unshown=found.unshown,
        machines=[_machine(one) for one in found.machines],
    )


@router.post("/queue/{job}/move", response=replies(Changed), summary="Move a job that waits")
def move_queued_job(request: HttpRequest, job: int, body: MoveIn) -> Any:
    """Your own among your own places; staff move any among all."""
    reader = reader_of(request)
    moved = move_job(changeable_job(reader, job), body.to, reader.among)
    said = "The job has moved." if moved else "The job stays: it does not wait, or stands there already."
    return Changed(changed=moved, message=said)


@router.post("/queue/{job}/cancel", response=replies(Changed), summary="Cancel a job of the queue")
def cancel_queued_job(request: HttpRequest, job: int) -> Any:
    """Ends one at work and takes one that waits out of the queue: yours, or any for staff."""
    changed = request_cancel(changeable_job(reader_of(request), job))
    said = "The job is being cancelled." if changed else "The job had ended already."
    return Changed(changed=changed, message=said)


def _job(line: Line) -> QueueJob:
    job, told = line.job, line.progress
    return QueueJob(
        id=job.pk,
        kind=job.kind,
        what=line.what,
        mine=line.mine,
        may_change=line.may_change,
        state=line.state,
        machine=job.host,
        queued=job.created,
        started=job.started,
        stage=told.stage if told else "",
        progress=Progress(done=told.done, total=told.total, unit=told.unit) if told else None,
        seconds_left=line.seconds_left,
        place=line.place,
        starts_in=line.starts_in,
    )


def _machine(one: Machine) -> MachineOut:
    use = one.use
    return MachineOut(
        name=one.name,
        at_work=one.at_work,
        slots=one.slots,
        short=one.short,
        heartbeat=one.heartbeat,
        reported=use.time,
        cpu=use.cpu,
        memory=use.memory,
        gpu=use.gpu,
        gpu_memory=use.gpu_memory,
        disk_free=use.disk_free,
    )
