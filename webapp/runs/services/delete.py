"""Delete a run that has ended: its rows, its events and its folder. The experiment it was launched from stays."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from training.contract.errors import ForesightError
from webapp.jobs.models import ACTIVE, Job, JobEvent
from webapp.jobs.registry import KINDS
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.create import job_folder, remove_job_folder
from webapp.runs.models import MetricPoint, Rollout, RolloutGroup, Run

_CHUNK = 5000
"""Rows of one statement: a run may have a million, and everybody else's writes wait for a statement."""


def delete_run(run: Run) -> None:
    """Delete it with its metrics, rollouts, checkpoints, evaluations, trials and files. Cannot be undone.

    A deletion that is cut short is finished by the next one. A model of the run that is loaded to be tried is unloaded.

    Raises:
        ForesightError: it is active, something that is active reads it, it is measured right now, or a model of it is
            still loaded.
    """
    jobs = _jobs_of(run)
    tried = list(_tried(jobs))
    _check(run, sorted(set(jobs) - {job.pk for job in tried}))
    for job in tried:
        request_cancel(job)
    _check(run, jobs)
    for rows in (
        MetricPoint.objects.filter(run=run),
        Rollout.objects.filter(group__run=run),
        RolloutGroup.objects.filter(run=run),
        JobEvent.objects.filter(job__in=jobs),
    ):
        _delete_in_chunks(rows)
    folders = [job_folder(job) for job in Job.objects.filter(pk__in=jobs)]
    with transaction.atomic():
        _check(run, jobs)  # it may have been resumed meanwhile
        run.delete()
        Job.objects.filter(pk__in=jobs).delete()
    for folder in folders:
        remove_job_folder(folder)


def _jobs_of(run: Run) -> list[int]:
    """Its own job and those of what was measured on it, whichever app keeps them."""
    found = {run.job_id}
    # `related_objects` lacks those whose name is "+".
    for relation in Run._meta.get_fields(include_hidden=True):
        if (
            not relation.auto_created
            or relation.concrete
            or not (relation.one_to_many or relation.one_to_one)
        ):
            continue
        model = relation.related_model
        if model is not Run and any(field.name == "job" for field in model._meta.fields):
            rows = model._default_manager.filter(**{relation.field.name: run})
            found.update(rows.exclude(job=None).values_list("job", flat=True))
    return sorted(found)


def _tried(jobs: list[int]) -> Any:
    """The active ones among these jobs that hold a model loaded, for a person to ask."""
    short = [name for name, kind in KINDS.items() if kind.short]
    return Job.objects.active().filter(pk__in=jobs, kind__in=short)


def _check(run: Run, jobs: list[int]) -> None:
    active = set(Job.objects.filter(pk__in=jobs, state__in=ACTIVE).values_list("pk", flat=True))
    if run.job_id in active:
        raise ForesightError(f"{run.name} is active.", field="runs", remedy="Cancel it first.")
    if active and active == set(_tried(jobs).values_list("pk", flat=True)):
        raise ForesightError(
            f"A model of {run.name} was loaded to be tried, and is being unloaded.",
            field="runs",
            remedy="Delete the run again in a few seconds.",
            retryable=True,
        )
    if active:
        raise ForesightError(
            f"{run.name} is being measured.",
            field="runs",
            remedy="Wait for the evaluation, or cancel it on the run's page.",
        )
    reads = Q(start_checkpoint__run=run) | Q(control_of=run)
    reader = Run.objects.filter(reads, job__state__in=ACTIVE).values_list("name", flat=True).first()
    if reader is not None:
        raise ForesightError(
            f"{reader} is active and reads {run.name}.",
            field="runs",
            remedy="Wait until it has ended, or cancel it.",
        )


def _delete_in_chunks(rows: Any) -> None:
    while numbers := list(rows.order_by().values_list("pk", flat=True)[:_CHUNK]):
        rows.model._default_manager.filter(pk__in=numbers).delete()
