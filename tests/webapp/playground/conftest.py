"""A tiny model in the test's own home, sessions in real processes, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.training.tiny import make_tiny_model
from webapp.jobs import processes
from webapp.jobs.models import Job
from webapp.jobs.trainer import end_leftovers

TIMES = {"HEARTBEAT": 0.2, "RECONCILE": 0.3, "GRACE": 5.0, "TRY_IDLE": 60.0}


@pytest.fixture
def tiny(transactional_db: None) -> str:
    """The name of a tiny model of this machine."""
    folder = Path(django_settings.HOME) / "models" / "tiny"
    if not folder.exists():
        make_tiny_model(folder)
    return "tiny"


@pytest.fixture
def quick(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short times, here and in the processes that are started; they are ended after the test."""
    for name, seconds in TIMES.items():
        monkeypatch.setenv(f"FORESIGHT_{name}_SECONDS", str(seconds))
        setattr(settings, f"{'' if name == 'TRY_IDLE' else 'JOB_'}{name}_SECONDS", seconds)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield
    for job in Job.objects.filter(kind="try"):
        if job.pid and job.pid_started and processes.is_alive(job.pid, job.pid_started):
            os.kill(job.pid, signal.SIGKILL)
        if job.cookie:
            end_leftovers(job.cookie, below=job.attempt + 1)
