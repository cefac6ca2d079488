"""What goes over the wire: events after a cursor, trimmed to what pages use, with the state above them."""

from __future__ import annotations

from typing import Any

from webapp.jobs.models import Job, JobEvent
from webapp.live.snapshot import live_snapshot

PAGE = 500
"""Events in one message at most."""


def read_message(job_id: int, after: int) -> dict[str, Any] | None:
    """One message of the live protocol (docs/architecture.md), or None when the job is gone."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return None
    rows = list(JobEvent.objects.filter(job=job, pk__gt=after).order_by("pk")[:PAGE])
    return {
        "cursor": rows[-1].pk if rows else after,
        **live_snapshot(job),
        "events": [event_message(row) for row in rows],
    }


def event_message(row: JobEvent) -> dict[str, Any]:
    """One event: id, attempt, seq, type, time (Unix seconds) and its payload without the bulk."""
    return {
        **_trimmed(row.payload),
        "id": row.pk,
        "attempt": row.attempt,
        "seq": row.seq,
        "type": row.type,
        "time": row.time.timestamp(),
    }


def _trimmed(payload: dict[str, Any]) -> dict[str, Any]:
    if payload["type"] == "rollouts":
        return {"step": payload["step"], "groups": len(payload["groups"])}
    if payload["type"] == "checkpoint":
        return {key: value for key, value in payload.items() if key != "model_files"}
    return payload
