"""The whole queue as one person may see it: their own jobs by name, others' without. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from webapp.jobs.models import ACTIVE, Desired, Job, State
from webapp.jobs.queue import name_of, seconds_left
from webapp.jobs.registry import KINDS, kinds_beside, snapshot_of
from webapp.queue.forecast import starts_in
from webapp.queue.machines import Machine, machines
from webapp.runs.time_left import seconds_to_do

MOST = 200
"""Jobs that wait, as far as they are shown one by one."""
FORESEEN = 20
"""Those whose own time is worked out, for when the ones behind them start."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the queue, or changes it."""

    account: Any  # whose jobs are their own
    staff: bool  # may move and cancel every job
    only_looks: bool = False  # as a viewer of a project

    @property
    def among(self) -> Any:
        """Whose jobs change places when the reader moves one; None: everybody's."""
        return None if self.staff else self.account


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job at work is: `done` of `total` `unit`, in a stage or as a whole; a total of 0 is not known."""

    stage: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True, slots=True)
class Line:
    """One job of the queue."""

    job: Job
    what: str  # in words: its name for its owner, else whose it is as far as the reader may know
    url: str  # "" for others' jobs
    mine: bool
    may_change: bool  # move or cancel it
    progress: Progress | None = None  # of one at work
    seconds_left: float | None = None  # of one at work
    place: int = 0  # of one that waits, from 1
    starts_in: float | None = None  # seconds, of one that waits

    @property
    def state(self) -> str:
        """As it is shown: the job's, or cancelling."""
        return "cancelling" if self.job.desired == Desired.CANCEL else str(self.job.state)


@dataclass(frozen=True, slots=True)
class Queue:
    """What is at work and what waits; sessions of Try it wait in a line of their own."""

    at_work: tuple[Line, ...]
    waiting: tuple[Line, ...]
    short: tuple[Line, ...]
    unshown: int  # how many more wait
    machines: tuple[Machine, ...]


def reader_of(request: HttpRequest) -> Reader:
    """Who reads: the account that the request is made for, and what the person who has signed in may do."""
    only_looks = request.membership is not None and request.membership.only_looks
    return Reader(request.user, request.person.is_staff, only_looks)


def queue_of(reader: Reader, now: datetime) -> Queue:
    """The queue for a reader: staff are told whose a job is, nobody but its owner what it is called."""
    jobs = Job.objects.filter(state__in=ACTIVE).select_related("owner__project").in_line()
    working = list(jobs.exclude(state=State.QUEUED))
    lines = {job.pk: _at_work(job, reader) for job in working}
    waiting, short = (
        _waiting(
            [lines[job.pk] for job in working if job.kind in kinds],
            jobs.filter(state=State.QUEUED, kind__in=kinds)[:MOST],
            reader,
            now,
        )
        for kinds in (kinds_beside("run"), kinds_beside("try"))
    )
    counted = jobs.filter(state=State.QUEUED).order_by().aggregate(count=Count("pk"))["count"]
    return Queue(tuple(lines.values()), waiting, short, counted - len(waiting) - len(short), machines(now))


def changeable_job(reader: Reader, pk: int) -> Job:
    """A job that the reader may move and cancel. Raises Http404 for another person's, unless the reader is staff."""
    jobs = Job.objects.all() if reader.staff else Job.objects.owned_by(reader.account)
    job: Job = get_object_or_404(jobs, pk=pk)
    return job


def _at_work(job: Job, reader: Reader) -> Line:
    return Line(*_who(job, reader), progress=_progress(job), seconds_left=seconds_left(job))


def _waiting(working: Sequence[Line], jobs: Iterable[Job], reader: Reader, now: datetime) -> tuple[Line, ...]:
    """The lines of jobs that wait for the slots that `working` hold."""
    found = list(jobs)
    takes = [_takes(job) for job in found[:FORESEEN]] + [None] * len(found[FORESEEN:])
    starts = starts_in([line.seconds_left for line in working], takes)
    return tuple(
        Line(*_who(job, reader), place=place, starts_in=_not_before(job, seconds, now))
        for place, (job, seconds) in enumerate(zip(found, starts, strict=True), start=1)
    )


def _not_before(job: Job, seconds: float | None, now: datetime) -> float | None:
    """No earlier than the pause after a failure lets it."""
    pause = (job.not_before - now).total_seconds() if job.not_before else 0.0
    return None if seconds is None else max(seconds, pause)


def _takes(job: Job) -> float | None:
    """How long a job that waits will take; only of runs anybody can say."""
    if job.kind != "run":
        return None
    try:
        return seconds_to_do(job.run)
    except ObjectDoesNotExist:
        return None


def _who(job: Job, reader: Reader) -> tuple[Job, str, str, bool, bool]:
    mine = job.owner_id == reader.account.pk
    what, url = name_of(job) if mine else (_others(job, reader), "")
    return job, what, url, mine, (mine or reader.staff) and not reader.only_looks


def _others(job: Job, reader: Reader) -> str:
    run = job.kind == "run"
    if reader.staff:
        words = _("run of {person}") if run else _("job of {person}")
        return words.format(person=getattr(job.owner, "project", None) or job.owner.get_username())
    return _("another person's run") if run else _("another person's job")


def _progress(job: Job) -> Progress | None:
    shown = snapshot_of(job.kind)(job) if job.kind in KINDS else None
    if not shown:
        return None
    if shown.get("step"):
        return Progress("", shown["step"], shown["steps_asked"], "steps")
    told = shown.get("progress", shown)
    if "done" not in told:
        return None
    stage = shown.get("stage_label") or shown.get("stage") or ""
    return Progress(stage, told["done"], told["total"], told.get("unit", ""))
