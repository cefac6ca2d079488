"""Turns the events of a probe's job into its row, and shows that row to pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.contract.events import STAGE_LABELS, Envelope, Finished, Progress, StageChanged
from training.contract.probe_result import PROBE_FILE, read_probe
from training.contract.prompts_table import PROMPTS_FILE, read_prompts_table
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.probes.models import Probe
from webapp.words.sentences import translated

LABELS = {**STAGE_LABELS, "probe": "Sampling"}


def project(job: Job, attempt: int, envelopes: Sequence[Envelope]) -> None:
    """Keep the stage, its progress and the finished result. A probe that was removed stays removed."""
    changes: dict[str, Any] = {}
    for envelope in envelopes:
        event = envelope.event
        if isinstance(event, StageChanged) and event.status == "started":
            changes |= {"stage": event.stage, "done": 0, "total": 0, "unit": ""}
        elif isinstance(event, Progress):
            changes |= {"stage": event.stage, "done": event.done, "total": event.total, "unit": event.unit}
        elif isinstance(event, Finished):
            changes["result"] = _result(job)
    if changes:
        Probe.objects.filter(job=job).update(**changes)


def _result(job: Job) -> dict[str, Any]:
    """The file that was written before the job said it had finished."""
    folder = job_folder(job)
    if job.kind == Probe.Kind.GROUPS:
        return read_probe(folder / PROBE_FILE).model_dump(mode="json")
    return read_prompts_table(folder / PROMPTS_FILE).model_dump(mode="json")


def snapshot(job: Job) -> dict[str, Any] | None:
    """What the page shows while it runs; None when the probe was removed."""
    probe = Probe.objects.filter(job=job).first()
    if probe is None:
        return None
    return {
        "probe": probe.pk,
        "stage": translated(LABELS.get(probe.stage, probe.stage)),
        "done": probe.done,
        "total": probe.total,
        "unit": probe.unit,
        "finished": bool(probe.result),
    }
