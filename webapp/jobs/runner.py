"""The runner: one process per attempt that starts the trainer, ships its events and ends its whole tree.

It speaks for its job as long as its lease holds (`WHERE attempt = mine`); once the job has gone on
without it, it ends its trainer and writes nothing. A database that is away is waited for: what people
see may lag, training goes on.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import IO, Any

from django import db
from django.conf import settings
from django.utils import timezone

from training.contract.stream import spool_path
from webapp.jobs import ingest, processes
from webapp.jobs.models import Desired, Job, JobEvent, State
from webapp.jobs.outcome import Outcome, error_record, judge, last_events, tail_lines
from webapp.jobs.services.create import job_folder
from webapp.jobs.trainer import Trainer, end_leftovers, log_path
from webapp.jobs.transitions import transition
from webapp.live.doorbell import ring

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""Events are in the database this long after they were written, at most."""
DONE, LEASE_LOST, NOT_MINE, FOLDER_LOCKED = 0, 5, 6, 7
"""Exit codes of `manage.py run_job`."""


class Runner:
    """Runs one attempt of one job, from the claim to its end."""

    def __init__(self, job_id: int, attempt: int) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.released = False  # asked to leave: the machine or the supervisor goes down
        self.cancelled = False
        self.damage = ""  # what is wrong with a spool; its events are not shipped any further
        self._renewed = 0.0
        self._seen = -1

    def run(self) -> int:
        """Returns an exit code. Raises nothing that the loop can wait out."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._release)
        processes.adopt_orphans()
        job = self._patiently(lambda: Job.objects.filter(pk=self.job_id, attempt=self.attempt).first())
        if job is None:
            return NOT_MINE
        end_leftovers(job.cookie, self.attempt)
        lock = self._lock(job)
        if lock is None:
            return FOLDER_LOCKED
        with lock:
            if not self._patiently(lambda: self._take(job)):
                return NOT_MINE
            try:
                self._ship_earlier(job)
                outcome = self._train(job, lock.fileno())
                self._patiently(lambda: self._settle(job, outcome()))
            except ingest.LeaseLost as lost:
                logger.warning("Attempt %s has lost its lease: %s", self.attempt, lost)
                return LEASE_LOST
        logger.info("Job %s, attempt %s has ended", self.job_id, self.attempt)
        ring(self.job_id)
        return DONE

    def _release(self, number: int, frame: Any) -> None:
        self.released = True

    def _lock(self, job: Job) -> IO[bytes] | None:
        """The folder's lock, or None when somebody holds on to it. The kernel frees it at any death."""
        folder = job_folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "runner.lock", "ab")  # noqa: SIM115 - held until the process ends
        deadline = time.monotonic() + settings.JOB_START_SECONDS / 2
        while time.monotonic() < deadline:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(TICK_SECONDS)
            else:
                return file
        file.close()
        logger.error("Job %s: another process holds %s", self.job_id, folder)
        return None

    def _take(self, job: Job) -> bool:
        now = timezone.now()
        return transition(
            self.job_id,
            self.attempt,
            (State.STARTING,),
            State.RUNNING,
            pid=os.getpid(),
            pid_started=processes.start_time(os.getpid()),
            lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started=job.started or now,
            error={},
        )

    def _ship_earlier(self, job: Job) -> None:
        """What dead attempts left in their spools comes before the events of this one."""
        for attempt in range(1, self.attempt):
            self._ship(job, attempt, final=True)

    def _train(self, job: Job, lock: int) -> Callable[[], Outcome]:
        """Run the trainer to its end; returns how to find out where the job goes from here."""
        trainer = Trainer(job, lock)
        logger.info("Job %s, attempt %s: the trainer has started", self.job_id, self.attempt)
        try:
            while trainer.exit_code() is None and not (self.released or self.cancelled):
                time.sleep(TICK_SECONDS)
                self._heartbeat()
                self._ship(job, self.attempt)
            ended_by_itself = trainer.exit_code()
        finally:
            # Also when the lease is lost, and also after its own end: it may have left children.
            trainer.stop(idle=self._heartbeat_while_stopping)
        self._ship(job, self.attempt, final=True)
        if ended_by_itself is None:
            return lambda: Outcome(State.CANCELLED if self.cancelled else State.QUEUED)
        logger.info("The trainer has ended with exit code %s", ended_by_itself)
        return lambda: self._judge(job, ended_by_itself)

    def _heartbeat(self) -> None:
        """Renew the lease and read the desired state in the same step. Raises LeaseLost."""
        if time.monotonic() - self._renewed < settings.JOB_HEARTBEAT_SECONDS:
            return
        with _patient_with_database("renew the lease"):
            mine = Job.objects.filter(pk=self.job_id, attempt=self.attempt, state__in=ingest.HELD)
            until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
            if not mine.update(lease_until=until):
                raise ingest.LeaseLost("another attempt has taken its place")
            self._renewed = time.monotonic()
            wish = mine.values_list("desired", flat=True).first()
            self.cancelled = wish == Desired.CANCEL

    def _heartbeat_while_stopping(self) -> None:
        with suppress(ingest.LeaseLost):
            self._heartbeat()

    def _ship(self, job: Job, attempt: int, final: bool = False) -> None:
        """Ship what is new in a spool. With `final`, wait for a database that is away."""
        if self.damage:
            return
        path = spool_path(job_folder(job), attempt)
        size = path.stat().st_size if path.exists() else 0
        if size == self._seen and not final:
            return
        try:
            if final:
                self._patiently(lambda: ingest.drain(job, attempt, self.attempt, self._heartbeat))
            else:
                with _patient_with_database("ship events"):
                    ingest.drain(job, attempt, self.attempt, self._heartbeat)
                    self._seen = size
        except (ingest.LeaseLost, db.Error):
            raise
        except Exception as error:
            # Whatever is wrong with showing a run, it is no reason to end it.
            logger.exception("Job %s: events of attempt %s cannot be read", self.job_id, attempt)
            self.damage = f"{path.name} cannot be read: {error}"

    def _judge(self, job: Job, exit_code: int) -> Outcome:
        folder = job_folder(job)
        return judge(
            exit_code,
            last_events(spool_path(folder, self.attempt)),
            tail_lines(log_path(folder, self.attempt)),
            failures=failures_after(job),
            max_restarts=job.max_restarts,
        )

    def _settle(self, job: Job, outcome: Outcome) -> None:
        """Write the job's next state. Raises LeaseLost when it is no longer ours to write."""
        error = outcome.error
        if self.damage and not error:
            error = error_record(self.damage, remedy="Events after that place are not shown.", log=[])
        settled = transition(
            self.job_id,
            self.attempt,
            (State.RUNNING,),
            outcome.state,
            error=error,
            lease_until=None,
            pid=None,
            pid_started=None,
            **after_attempt(job, outcome),
        )
        if not settled:
            raise ingest.LeaseLost("the job has gone on without this attempt")
        logger.info("Job %s is now %s", self.job_id, outcome.state)

    def _patiently(self, call: Callable[[], Any]) -> Any:
        """Repeat a call until the database takes it, or until this process is asked to leave."""
        while True:
            try:
                return call()
            except db.Error as error:
                logger.warning("The database does not answer: %s", error)
                db.connection.close()
                if self.released:
                    raise
                time.sleep(1.0)


@contextmanager
def _patient_with_database(what: str) -> Iterator[None]:
    """Log a database error and go on: the next tick tries again."""
    try:
        yield
    except db.Error as error:
        logger.warning("Cannot %s: %s", what, error)
        db.connection.close()


def failures_after(job: Job) -> int:
    """Failures in a row if the job's attempt fails now: a checkpoint it has saved makes it the first."""
    saved = JobEvent.objects.filter(job=job, attempt=job.attempt, type="checkpoint").exists()
    return 1 if saved else job.failures + 1


def after_attempt(job: Job, outcome: Outcome) -> dict[str, datetime | int | None]:
    """The columns that count attempts, for a job whose attempt has ended with this outcome."""
    now = timezone.now()
    if outcome.state != State.QUEUED:
        return {"finished": now, "not_before": None}
    if not outcome.error:  # released: nothing has failed
        return {"not_before": None}
    return {
        "not_before": now + timedelta(seconds=outcome.delay),
        "restarts": job.restarts + 1,
        "failures": failures_after(job),
    }
