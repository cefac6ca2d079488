"""Turns the events of a prepare job into its row and, at the end, into the new corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.events import Envelope, Finished, Progress, StageChanged
from training.contract.preparation import STAGES
from training.contract.preparation_report import REPORT_FILE, read_report
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.preparations.models import Preparation
from webapp.preparations.services.publish import publish
from webapp.words.sentences import translated

LABELS = {"documents": "Reading documents", **STAGES}


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Keep the stages and the progress; once it has finished, publish the corpus. A removed one stays removed."""
    preparation = Preparation.objects.filter(job=job).first()
    if preparation is None:
        return
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, StageChanged) and event.status == "started":
            if event.stage == "documents":  # a new attempt begins anew
                preparation.finished_stages = {}
            preparation.stage = event.stage
            preparation.done, preparation.total, preparation.unit = 0, 0, ""
        elif isinstance(event, StageChanged):
            preparation.finished_stages[event.stage] = event.detail
        elif isinstance(event, Progress):
            preparation.done, preparation.total, preparation.unit = event.done, event.total, event.unit
        elif isinstance(event, Finished):
            _finish(preparation)
    preparation.save(update_fields=["stage", "finished_stages", "done", "total", "unit", "summary", "result"])


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page shows while it runs; None when the preparation was removed."""
    preparation = Preparation.objects.filter(job=job).first()
    if preparation is None:
        return None
    return {
        "preparation": preparation.pk,
        "stage": translated(LABELS.get(preparation.stage, "")),
        "done": preparation.done,
        "total": preparation.total,
        "unit": preparation.unit,
        "stages": preparation.stages,
        "finished": bool(preparation.summary),
    }


def _finish(preparation: Preparation) -> None:
    report = read_report(job_folder(preparation.job) / REPORT_FILE)
    preparation.summary = {
        "before": report.source.documents,
        "dropped": report.dropped,
        "changed": sum(stage.changed for stage in report.stages),
        "after": report.documents,
    }
    if report.documents and preparation.result is None:
        preparation.result = publish(preparation)
