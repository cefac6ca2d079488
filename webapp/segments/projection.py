"""Turns the events of a segments job into its row, and shows that row to pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.events import Envelope, Finished, Progress
from training.contract.segments_report import read_segments_report
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.segments.models import Segmentation


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Keep the latest progress and the report. A segmentation that was removed meanwhile stays removed."""
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, Progress):
            changes |= {"done": event.done, "total": event.total}
        elif isinstance(event, Finished):
            changes["report"] = read_segments_report(job_folder(job)).model_dump(mode="json")
    if changes:
        Segmentation.objects.filter(job=job).update(**changes)


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page shows while it runs; None when it was removed."""
    found = Segmentation.objects.filter(job=job).first()
    if found is None:
        return None
    return {
        "segmentation": found.pk,
        "done": found.done,
        "total": found.total,
        "finished": bool(found.report),
    }
