"""Turns the events of runs, and of jobs that evaluate on tasks, into task evaluations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from training.contract.events import Envelope, Progress, TasksEvaluated
from training.contract.task_result import TaskResult
from webapp.evaluations.models import TaskEvaluation
from webapp.jobs.models import Job
from webapp.runs.models import Run


def project_run(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """The evaluations that a run makes on its way; one made again in the same attempt takes its place."""
    found = [envelope for envelope in envelopes if isinstance(envelope.event, TasksEvaluated)]
    run = Run.objects.filter(job=job).first() if found else None
    if run is None:
        return
    for envelope in found:
        event = envelope.event
        assert isinstance(event, TasksEvaluated)
        TaskEvaluation.objects.update_or_create(
            run=run,
            attempt=attempt,
            step=event.step,
            job=None,
            defaults={
                "owner": run.owner,
                "model": event.result.model,
                "created": datetime.fromtimestamp(envelope.time, UTC),
                **_fields(event.result),
            },
        )


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """A job's progress, then its result. One whose row was deleted stays deleted."""
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, Progress):
            changes |= {"done": event.done, "total": event.total, "unit": event.unit}
        elif isinstance(event, TasksEvaluated):
            changes |= _fields(event.result)
    if changes:
        TaskEvaluation.objects.filter(job=job).update(**changes)


def snapshot(job: Job) -> dict[str, Any] | None:
    """What a page shows of the job while it runs; None when it was deleted."""
    found = TaskEvaluation.objects.filter(job=job).first()
    if found is None:
        return None
    progress = {"done": found.done, "total": found.total, "unit": found.unit}
    return {"evaluation": found.pk, **progress, "finished": bool(found.tasks)}


def _fields(result: TaskResult) -> dict[str, Any]:
    return {
        "what": result.what,
        "tasks": result.tasks,
        "source": result.source,
        "result": result.model_dump(mode="json"),
    }
