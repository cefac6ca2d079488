"""What a page says of a run above its charts: the same for the first page and for each live message."""

from __future__ import annotations

from typing import Any

from training.contract.events import STAGE_LABELS
from webapp.jobs.models import Job
from webapp.runs.models import Run
from webapp.runs.time_left import seconds_left


def run_snapshot(run: Run) -> dict[str, Any]:
    """A run's progress as plain JSON.

    `progress` is {done, total, unit} of the current stage; `eta_seconds` is how long a run at work still
    takes, see `time_left`; `last_event` is ISO 8601.
    """
    return {
        "id": run.pk,
        "name": run.name,
        "step": run.step,
        "steps_asked": run.steps_asked,
        "stage": run.stage,
        "stage_label": STAGE_LABELS.get(run.stage, ""),
        "progress": {"done": run.stage_done, "total": run.stage_total, "unit": run.stage_unit},
        "seconds_per_step": run.seconds_per_step,
        "eta_seconds": seconds_left(run),
        "last_reward": run.last_reward,
        "no_signal": run.no_signal,
        "last_event": None if run.last_event is None else run.last_event.isoformat(),
    }


def snapshot(job: Job) -> dict[str, Any] | None:
    """The kind's snapshot for live messages: null for a job whose run is not there yet."""
    run = Run.objects.filter(job=job).first()
    return None if run is None else run_snapshot(run)
