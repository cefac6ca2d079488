"""Launch one attempt of a job: claim the row, spawn its runner in a session of its own, return.

Several launches of one attempt are one start: the claim is a compare-and-swap. Slots belong to a
machine, so they are counted under a file lock of that machine.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from webapp.jobs.machine import machine_name
from webapp.jobs.models import Desired, Job, State
from webapp.jobs.processes import boot_id
from webapp.jobs.registry import kinds_beside
from webapp.jobs.services.create import job_folder
from webapp.jobs.transitions import transition
from webapp.live.doorbell import ring

logger = logging.getLogger(__name__)


def launch(job_id: int, attempt: int) -> bool:
    """Start attempt `attempt` (the job's current one plus 1) if it is due and a slot is free.

    Returns:
        True when this call has started the runner. A wrong attempt, a back-off that is not over, no
        free slot or a lost race give False; the reconciler comes back to whatever stays queued.
    """
    with _slots():
        if job_id not in due_jobs() or not _claim(job_id, attempt):
            return False
    job = Job.objects.get(pk=job_id)
    try:
        _spawn(job)
    except OSError:
        logger.exception("Job %s: the runner of attempt %s could not be started", job_id, attempt)
        later = timezone.now() + timedelta(seconds=settings.JOB_RECONCILE_SECONDS)
        transition(job_id, attempt, (State.STARTING,), State.QUEUED, not_before=later, lease_until=None)
        return False
    ring(job_id)
    return True


def due_jobs() -> list[int]:
    """The queued jobs whose turn has come on this machine: of each sort of slot, in the order of the queue."""
    return [*_due("run", settings.JOB_SLOTS), *_due("try", settings.JOB_SHORT_SLOTS)]


def _due(kind: str, slots: int) -> list[int]:
    """Those that share the slots of `kind`. What a person waits for never stands behind a training."""
    jobs = Job.objects.filter(kind__in=kinds_beside(kind))
    busy = jobs.filter(state__in=(State.STARTING, State.RUNNING), host=machine_name()).count()
    free = slots - busy
    if free <= 0:
        return []
    ready = Q(not_before=None) | Q(not_before__lte=timezone.now())
    queued = jobs.filter(ready, state=State.QUEUED, desired=Desired.RUN).in_line()
    return list(queued.values_list("pk", flat=True)[:free])


def _claim(job_id: int, attempt: int) -> bool:
    token = Job.objects.values_list("cookie", flat=True).get(pk=job_id) or secrets.token_hex(16)
    return transition(
        job_id,
        attempt - 1,
        (State.QUEUED,),
        State.STARTING,
        where=Q(desired=Desired.RUN),
        attempt=attempt,
        cookie=token,
        host=machine_name(),
        boot_id=boot_id(),
        pid=None,
        pid_started=None,
        lease_until=timezone.now() + timedelta(seconds=settings.JOB_START_SECONDS),
    )


def _spawn(job: Job) -> None:
    """Start `manage.py run_job` so that it outlives the process that started it."""
    folder = job_folder(job)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "manage.py", "run_job", str(job.pk), str(job.attempt)]
    with open(folder / f"runner.{job.attempt}.log", "ab") as log:
        subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env={**os.environ, "FORESIGHT_HOME": str(settings.HOME)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def _slots() -> Iterator[None]:
    """Hold this machine's slots: counting and claiming must be one step."""
    path = Path(settings.HOME) / "run" / f"slots.{machine_name()}.lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
