"""Jobs that really start processes: a fake trainer, short leases, nothing left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from webapp.jobs import processes
from webapp.jobs.models import Job, JobEvent
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.trainer import end_leftovers

FAST = {"LEASE": 4.0, "HEARTBEAT": 0.2, "RECONCILE": 0.3, "START": 15.0, "GRACE": 0.5}


@pytest.fixture
def fast_jobs(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short times, here and in the processes that are started."""
    for name, seconds in FAST.items():
        monkeypatch.setenv(f"FORESIGHT_{name}_SECONDS", str(seconds))
        setattr(settings, f"JOB_{name}_SECONDS", seconds)
    monkeypatch.setenv("FORESIGHT_JOB_MODULE", "tests.webapp.jobs.fake_trainer")


@pytest.fixture
def make_job(transactional_db: None, fast_jobs: None, user: Any) -> Iterator[Callable[..., Job]]:
    """make_job("--steps", "3"): a queued job of the fake trainer. Ends its processes after the test."""
    made: list[Job] = []

    def make(*arguments: str) -> Job:
        fixed = ["--folder", "{folder}", "--attempt", "{attempt}"]
        made.append(create_job("run", user, "runs/{job}", [*fixed, *arguments]))
        return made[-1]

    yield make
    for job in made:
        job.refresh_from_db()
        if job.pid and job.pid_started and processes.is_alive(job.pid, job.pid_started):
            os.kill(job.pid, signal.SIGKILL)
        if job.cookie:
            end_leftovers(job.cookie, below=job.attempt + 1)


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until the condition holds; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return str(job.state)


def stored(job: Job) -> list[tuple[int, int]]:
    """(attempt, seq) of every event in the database, in cursor order."""
    return list(JobEvent.objects.filter(job=job).order_by("pk").values_list("attempt", "seq"))


def on_disk(job: Job) -> list[tuple[int, int]]:
    """(attempt, seq) of every event in the spools."""
    from training.contract.stream import read_after, spool_path

    folder = job_folder(job)
    return [
        (attempt, envelope.seq)
        for attempt in range(1, job.attempt + 1)
        for envelope in read_after(spool_path(folder, attempt))
    ]
