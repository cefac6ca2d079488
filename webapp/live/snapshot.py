"""What a page says of a job above its events: the same for the first page and for each live message."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from webapp.jobs.models import Desired, Job, State
from webapp.jobs.queue import ahead_of
from webapp.jobs.registry import snapshot_of


def job_snapshot(job: Job) -> dict[str, Any]:
    """A job's state as plain JSON. Times are ISO 8601, or null.

    `ahead` counts the jobs that will start before a queued one, `waits_for` tells of the first of them (a
    `queue.Ahead`, else null); `error` is {} or holds message, field, remedy, retryable and log (the last
    lines of the trainer's output).
    """
    ahead = ahead_of(job)
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "label": _label(job),
        "ended": job.ended,
        "cancelling": _cancelling(job),
        "attempt": job.attempt,
        "restarts": job.restarts,
        "ahead": ahead.jobs if ahead else 0,
        "waits_for": asdict(ahead) if ahead else None,
        "not_before": _iso(job.not_before),
        "started": _iso(job.started),
        "finished": _iso(job.finished),
        "error": job.error,
    }


def live_snapshot(job: Job) -> dict[str, Any]:
    """The part of a live message that is no event: `job`, `run` (null for other kinds) and the kind's own."""
    return {"job": job_snapshot(job), "run": None, job.kind: snapshot_of(job.kind)(job)}


def _label(job: Job) -> str:
    if _cancelling(job):
        return "Cancelling"
    if job.state == State.QUEUED and job.attempt > 0:
        return "Waiting to restart"
    return str(State(job.state).label)


def _cancelling(job: Job) -> bool:
    return bool(job.desired == Desired.CANCEL and not job.ended)


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
