"""Turns the events of a scan job into its row, and shows that row to pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.contract.events import Envelope, Progress, ScanFinished
from training.contract.positions_file import read_summary
from webapp.corpora.models import Scan
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Keep the latest progress and the finished scan. A scan that was deleted meanwhile stays deleted."""
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, Progress):
            changes |= {"done": event.done, "total": event.total, "unit": event.unit}
        elif isinstance(event, ScanFinished):
            changes |= _finished(job_folder(job), event)
    if changes:
        Scan.objects.filter(job=job).update(**changes)


def _finished(folder: Path, event: ScanFinished) -> dict[str, Any]:
    """The finished scan's fields; its summary lies beside the positions file."""
    file = folder / event.file  # an absolute name stays as it is
    return {"positions_file": str(file), "summary": read_summary(file).model_dump(mode="json")}


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page of a scan shows while it runs; None when the scan was deleted."""
    scan = Scan.objects.filter(job=job).first()
    if scan is None:
        return None
    return {"scan": scan.pk, **scan.progress, "finished": bool(scan.positions_file)}
