"""Turns the events of a rejudge job into its row, and shows that row to pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from training.contract.events import Envelope, Finished, Progress
from training.contract.rejudge_result import RESULT_FILE, read_rejudge
from webapp.audits.models import Rejudging
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Keep the progress and the finished result. A rejudging that was removed stays removed."""
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, Progress):
            changes |= {"done": event.done, "total": event.total, "unit": event.unit}
        elif isinstance(event, Finished):  # the file was written before
            changes["result"] = read_rejudge(job_folder(job) / RESULT_FILE).model_dump(mode="json")
    if changes:
        Rejudging.objects.filter(job=job).update(**changes)


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page shows while it runs; None when the rejudging was removed."""
    found = Rejudging.objects.filter(job=job).first()
    if found is None:
        return None
    progress = {"done": found.done, "total": found.total, "unit": found.unit}
    return {"rejudging": found.pk, "stage": _("Judging"), **progress, "finished": bool(found.result)}
