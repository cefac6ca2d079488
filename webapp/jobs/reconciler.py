"""The reconciler: brings what the rows say and what really runs together again.

Deciding is a pure function of a row and what was seen of its runner; acting is a compare-and-swap. Any
number of copies may run: of several that decide the same, one acts.
"""

from __future__ import annotations

import enum
import logging
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import db
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from webapp.jobs import ingest, processes
from webapp.jobs.machine import machine_name
from webapp.jobs.models import ENDED, Desired, Job, State
from webapp.jobs.outcome import back_off, error_record, tail_lines
from webapp.jobs.runner import failures_after
from webapp.jobs.services.create import job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.jobs.services.launch import due_jobs, launch
from webapp.jobs.trainer import end_leftovers, log_path
from webapp.jobs.transitions import transition
from webapp.live.doorbell import ring

logger = logging.getLogger(__name__)

DRAIN_FOR = timedelta(minutes=10)
"""How long after its end a job's spools are looked at for events that came late."""


class Sight(enum.Enum):
    """What this machine can see of the process that a row names as its runner."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"  # on another machine


class Action(enum.Enum):
    NOTHING = "nothing"
    WATCH = "watch"  # the lease is over but the runner may only be slow: decide at the next look
    CANCEL = "cancel"
    RETRY = "retry"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Row:
    """What a decision depends on."""

    state: Any  # State
    desired: str
    lease_until: datetime | None
    failures: int  # in a row, if the current attempt is one
    max_restarts: int
    same_boot: bool  # False: the machine has been started anew since the attempt began


def decide(row: Row, sight: Sight, watched: bool, now: datetime) -> Action:
    """What to do about one active job.

    Args:
        row: the job.
        sight: what is seen of its runner.
        watched: whether an earlier look, a reconcile period ago, found this lease over already.
        now: the time of this look.
    """
    if row.state == State.QUEUED:
        return Action.CANCEL if row.desired == Desired.CANCEL else Action.NOTHING
    if row.lease_until is not None and row.lease_until > now:
        return Action.NOTHING
    # After an outage of the database every lease is over. Runners renew within a second; give them one look.
    if sight is not Sight.GONE and not watched:
        return Action.WATCH
    if row.desired == Desired.CANCEL:
        return Action.CANCEL
    # A machine that went down is not the trainer's failure.
    if row.same_boot and row.failures > row.max_restarts:
        return Action.FAIL
    return Action.RETRY


class Reconciler:
    """One copy. It remembers which leases it has seen run out, nothing else."""

    def __init__(self, *, launches: bool = True) -> None:
        """With `launches` False, queued jobs are only told to workers: this machine runs none itself."""
        self.launches = launches
        self.watched: dict[tuple[int, int], float] = {}

    def look(self) -> None:
        """One pass over all rows. Raises db.Error when the database is away."""
        over: set[tuple[int, int]] = set()
        for job in Job.objects.active().order_by("pk"):
            key = (job.pk, job.attempt)
            since = self.watched.get(key)
            watched = since is not None and time.monotonic() - since >= settings.JOB_HEARTBEAT_SECONDS * 3
            action = decide(row_of(job), sight_of(job), watched, timezone.now())
            if action is Action.WATCH:
                over.add(key)
                self.watched.setdefault(key, time.monotonic())
            elif action is not Action.NOTHING:
                act(job, action)
        self.watched = {key: since for key, since in self.watched.items() if key in over}
        self._start_due()
        drain_ended()

    def _start_due(self) -> None:
        for job in Job.objects.filter(pk__in=due_jobs()).in_line():
            if self.launches:
                launch(job.pk, job.attempt + 1)
            else:
                send_launch_hint(job)


def row_of(job: Job) -> Row:
    """The job as `decide` sees it."""
    return Row(
        state=job.state,
        desired=job.desired,
        lease_until=job.lease_until,
        failures=0 if job.state == State.QUEUED else failures_after(job),
        max_restarts=job.max_restarts,
        same_boot=job.host != machine_name() or job.boot_id == processes.boot_id(),
    )


def sight_of(job: Job) -> Sight:
    """Whether the row's runner is alive: known for certain on this machine alone."""
    if job.host != machine_name():
        return Sight.UNKNOWN
    if job.boot_id != processes.boot_id() or job.pid is None or job.pid_started is None:
        return Sight.GONE
    return Sight.ALIVE if processes.is_alive(job.pid, job.pid_started) else Sight.GONE


def act(job: Job, action: Action) -> None:
    """Carry a decision out. Whoever renews, claims or ends the job first wins over it."""
    now = timezone.now()
    over = Q(lease_until=None) | Q(lease_until__lte=now)
    log = tail_lines(log_path(job_folder(job), job.attempt))
    failures = failures_after(job)
    state = State(job.state)
    fields: dict[str, object] = {"pid": None, "pid_started": None, "lease_until": None}
    if action is Action.CANCEL:
        to = State.CANCELLED
        fields |= {"finished": now}
    elif action is Action.FAIL:
        to = State.FAILED
        message = "The process that ran this job ended without a word, again and again."
        error = error_record(message, remedy="Read the log, then resume the run.", log=log)
        fields |= {"finished": now, "error": error}
    else:
        to = State.QUEUED
        failures = failures if row_of(job).same_boot else job.failures
        fields |= {
            "restarts": job.restarts + 1,
            "failures": failures,
            "not_before": now + timedelta(seconds=back_off(failures)),
            "error": error_record("The process that ran this job ended. It is started again.", log=log),
        }
    where = Q() if state == State.QUEUED else over
    if not transition(job.pk, job.attempt, (state,), to, where=where, **fields):
        return
    logger.info("Job %s, attempt %s: %s, now %s", job.pk, job.attempt, action.value, to)
    end_processes(job)
    drain_leftovers(job)
    ring(job.pk)


def end_processes(job: Job) -> None:
    """End the runner that has lost its lease and whatever its attempt left, as far as they are here."""
    if sight_of(job) is Sight.ALIVE and job.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(job.pid, signal.SIGKILL)  # a stopped or hanging one would not listen to SIGTERM
    if job.host == machine_name() and job.cookie:
        end_leftovers(job.cookie, below=job.attempt + 1)


def drain_leftovers(job: Job) -> None:
    """Ship what dead attempts left in their spools."""
    try:
        ingest.drain_all(job, job.attempt, None)
    except ingest.LeaseLost:
        return  # its next runner has started, and ships them itself
    except ValueError:
        logger.exception("Job %s: its events cannot be read", job.pk)


def drain_ended() -> None:
    """Ship late events of jobs that ended a short while ago."""
    recent = Job.objects.filter(state__in=ENDED, finished__gte=timezone.now() - DRAIN_FOR)
    for job in recent:
        if ingest.undrained(job):
            drain_leftovers(job)


class Loop:
    """`look` every JOB_RECONCILE_SECONDS until told to stop."""

    def __init__(self, reconciler: Reconciler) -> None:
        self.reconciler = reconciler
        self.stopped = False

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT. A database that is away is waited for."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self.stopped:
            try:
                self.reconciler.look()
            except db.Error as error:
                logger.warning("The database does not answer: %s", error)
                db.connection.close()
            self._sleep(settings.JOB_RECONCILE_SECONDS)

    def _stop(self, number: int, frame: object) -> None:
        self.stopped = True

    def _sleep(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.stopped and time.monotonic() < deadline:
            time.sleep(min(0.2, seconds))
