"""Turns the events of runs and of evaluate jobs into evaluations and scores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from training.contract.evaluation_result import EvaluationResult
from training.contract.events import Envelope, EvaluationDone, Progress
from webapp.evaluations.models import Evaluation, Score
from webapp.jobs.models import Job
from webapp.runs.models import Run


def project_run(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """The evaluations that a run makes on its way; one made again in the same attempt takes its place."""
    found = [envelope for envelope in envelopes if isinstance(envelope.event, EvaluationDone)]
    run = Run.objects.filter(job=job).first() if found else None
    if run is None:
        return
    for envelope in found:
        event = envelope.event
        assert isinstance(event, EvaluationDone)
        evaluation, _ = Evaluation.objects.update_or_create(
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
        _store_scores(evaluation, event.result)


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """An evaluate job: its progress, then its result. One whose row was deleted stays deleted."""
    evaluation = Evaluation.objects.filter(job=job).first()
    if evaluation is None:
        return
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, Progress):
            changes |= {"done": event.done, "total": event.total, "unit": event.unit}
        elif isinstance(event, EvaluationDone):
            changes |= _fields(event.result)
            _store_scores(evaluation, event.result)
    if changes:
        Evaluation.objects.filter(pk=evaluation.pk).update(**changes)


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page of an evaluate job shows while it runs; None when it was deleted."""
    evaluation = Evaluation.objects.filter(job=job).first()
    if evaluation is None:
        return None
    progress = {"done": evaluation.done, "total": evaluation.total, "unit": evaluation.unit}
    return {"evaluation": evaluation.pk, **progress, "finished": bool(evaluation.positions)}


def _fields(result: EvaluationResult) -> dict[str, Any]:
    names = ("parameters", "weights_sha256", "reference", "positions", "temperature", "prompt")
    return {name: getattr(result, name) for name in (*names, "max_response_tokens", "seconds")}


def _store_scores(evaluation: Evaluation, result: EvaluationResult) -> None:
    evaluation.scores.all().delete()
    Score.objects.bulk_create(Score(evaluation=evaluation, **one.model_dump()) for one in result.scores)
