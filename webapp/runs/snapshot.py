"""What a page says of a run above its charts: the same for the first page and for each live message."""

from __future__ import annotations

from typing import Any

from training.contract.events import STAGE_LABELS
from webapp.jobs.models import Job
from webapp.runs.models import Run


def run_snapshot(run: Run) -> dict[str, Any]:
    """A run's progress as plain JSON.

    `progress` is {done, total, unit} of the current stage; `eta_seconds` is the time the steps that are
    left take at the pace of the latest ones, null before there is a pace; `last_event` is ISO 8601.
    """
    pace = run.seconds_per_step
    return {
        "id": run.pk,
        "name": run.name,
        "step": run.step,
        "steps_asked": run.steps_asked,
        "stage": run.stage,
        "stage_label": STAGE_LABELS.get(run.stage, ""),
        "progress": {"done": run.stage_done, "total": run.stage_total, "unit": run.stage_unit},
        "seconds_per_step": pace,
        "eta_seconds": None if pace is None else round(max(0, run.steps_asked - run.step) * pace, 1),
        "last_reward": run.last_reward,
        "last_event": None if run.last_event is None else run.last_event.isoformat(),
    }


def snapshot(job: Job) -> dict[str, Any] | None:
    """The kind's snapshot for live messages: null for a job whose run is not there yet."""
    run = Run.objects.filter(job=job).first()
    return None if run is None else run_snapshot(run)
