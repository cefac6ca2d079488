"""The trainer of one attempt: `python -m training ...` as a child that cannot outlive its runner."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from training.contract.stream import spool_path
from webapp.jobs import processes
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder


def log_path(folder: Path, attempt: int) -> Path:
    """Where an attempt's trainer writes what it prints."""
    return folder / f"trainer.{attempt}.log"


def command_line(job: Job) -> list[str]:
    """The job's arguments with `{attempt}`, `{spool}` and a leading `{folder}` filled in."""
    folder = job_folder(job)
    words = {"{attempt}": str(job.attempt), "{spool}": str(spool_path(folder, job.attempt))}
    filled = []
    for argument in job.arguments:
        if argument == "{folder}" or argument.startswith("{folder}/"):
            argument = str(folder) + argument.removeprefix("{folder}")
        filled.append(words.get(argument, argument))
    return [sys.executable, "-m", settings.JOB_MODULE, *filled]


class Trainer:
    """A started trainer and everything that it starts."""

    def __init__(self, job: Job, lock: int) -> None:
        """Start it.

        Args:
            job: at the attempt to run.
            lock: the descriptor of the folder's lock. The trainer inherits it, so that the folder stays
                locked as long as either of the two is alive.
        """
        folder = job_folder(job)
        environment = {
            **os.environ,
            "FORESIGHT_HOME": str(settings.HOME),
            processes.COOKIE: f"{job.cookie}.{job.attempt}",
            "PYTHONUNBUFFERED": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        with open(log_path(folder, job.attempt), "ab") as log:
            self._process = subprocess.Popen(
                command_line(job),
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
                preexec_fn=processes.die_with_parent(os.getpid()),
            )
        self._job = job

    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    def stop(self, idle: Callable[[], None] = lambda: None) -> None:
        """End the trainer and all its descendants, also those that left its session; reap what is dead."""
        processes.stop(self._family, settings.JOB_GRACE_SECONDS, idle)
        self._process.poll()

    def _family(self) -> set[int]:
        """The runner adopts orphans: what the trainer started lies under this process, or has its cookie."""
        self._process.poll()
        processes.reap(exclude=self._process.pid)
        return processes.descendants(os.getpid()) | holders(self._job.cookie, self._job.attempt)


def holders(token: str, attempt: int) -> set[int]:
    """Processes of exactly this attempt: a runner that lost its lease must not end its successor's."""
    return {pid for pid, theirs in processes.cookie_holders(token).items() if theirs == attempt}


def end_leftovers(token: str, below: int, grace: float = 0.0) -> None:
    """End what earlier attempts of a job left on this machine."""

    def left() -> set[int]:
        return {pid for pid, theirs in processes.cookie_holders(token).items() if theirs < below}

    processes.stop(left, grace)
