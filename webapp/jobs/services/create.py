"""Create a job: a queued row with its folder. Starts nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from webapp.jobs.models import Job
from webapp.jobs.registry import KINDS
from webapp.jobs.services.quota import check_quota


def create_job(kind: str, owner: Any, folder: str, arguments: Sequence[str]) -> Job:
    """Queue one `python -m training` command.

    Args:
        kind: a key of `registry.KINDS`.
        owner: the user it belongs to.
        folder: the job's folder, relative to settings.HOME; `{job}` in it becomes the job's number.
        arguments: of `python -m training`. The runner fills in the words `{attempt}` and `{spool}`, and
            `{folder}` at the start of an argument (`{folder}/experiment.yaml`), as absolute paths.

    Raises:
        ValueError: an unknown kind, or a folder outside HOME.
        ForesightError: the owner has as many jobs as they may have at once.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind of job named {kind!r}.")
    with transaction.atomic():
        check_quota(kind, owner)
        job: Job = Job.objects.create(kind=kind, owner=owner, arguments=list(arguments))
        job.folder = folder.replace("{job}", str(job.pk))
        path = job_folder(job)
        if not path.is_relative_to(Path(settings.HOME).resolve()):
            raise ValueError(f"The folder {folder!r} lies outside of the data folder.")
        path.mkdir(parents=True, exist_ok=True)
        job.save(update_fields=["folder"])
    return job


def job_folder(job: Job) -> Path:
    """The job's folder, absolute."""
    return (Path(settings.HOME) / job.folder).resolve()


def remove_job_folder(folder: Path) -> None:
    """Remove what `job_folder` gave, with all that is in it; never HOME itself, nor what lies outside of it."""
    home = Path(settings.HOME).resolve()
    if folder.is_relative_to(home) and folder != home:
        shutil.rmtree(folder, ignore_errors=True)
