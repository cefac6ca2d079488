"""Delete a project with its corpora and settings. Runs are deleted before, by people who have looked at them."""

from __future__ import annotations

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.corpora.models import Corpus
from webapp.corpora.services.delete import delete_corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder, remove_job_folder
from webapp.projects.models import Project
from webapp.runs.models import Run


def delete_project(project: Project) -> None:
    """Everything of it goes, and cannot be brought back. One that was cut short is finished by the next.

    Raises:
        ForesightError: it still has runs, or something in it is at work.
    """
    account = project.account_id
    _check(project)
    Experiment.objects.filter(owner=account).delete()
    for corpus in Corpus.objects.owned_by(account):
        delete_corpus(corpus)
    folders = [job_folder(job) for job in Job.objects.owned_by(account)]
    with transaction.atomic():
        _check(project)  # somebody may have started something meanwhile
        project.account.delete()
    for folder in folders:
        remove_job_folder(folder)


def _check(project: Project) -> None:
    runs = Run.objects.owned_by(project.account_id).count()
    if runs:
        raise ForesightError(f"{project.name} still has runs: {runs}.", remedy="Delete them first.")
    if Job.objects.owned_by(project.account_id).active().exists():
        raise ForesightError(
            f"Something in {project.name} is at work.", remedy="Wait until it has ended, or cancel it."
        )
