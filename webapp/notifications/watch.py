"""What is noticed of runs, beside the reconciler. Each look reads the rows as they are, and keeps nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from webapp.jobs.models import State
from webapp.notifications.models import Notification
from webapp.notifications.services.notice import notice
from webapp.runs.health import is_stalled
from webapp.runs.models import Run

LOOK_BACK = timedelta(days=2)
"""How long ago a run may have ended for its owner to be told still, after nobody looked."""
AT_ONCE = 100
_ENDS = {"succeeded": "finished", "failed": "failed", "finished_short": "failed"}
"""The state of a job that has ended, and the event that is."""


def notice_due() -> bool:
    """Notice what has become of runs; whether there is more to notice."""
    now = timezone.now()
    of_late = {"job__kind": "run", "job__finished__gte": now - LOOK_BACK, "job__state__in": list(_ENDS)}
    ended = list(
        _unnoticed(sorted(set(_ENDS.values())), **of_late).order_by("job__finished", "pk")[: AT_ONCE + 1]
    )
    for run in ended[:AT_ONCE]:
        notice(run, run.job.attempt, _ENDS[run.job.state], _end_in_words(run))
    for run in _unnoticed(["stalled"], job__state=State.RUNNING):
        if is_stalled(run, now):
            notice(run, run.job.attempt, "stalled", _SILENT)
    for run in _unnoticed(["collapse"], job__state=State.RUNNING, health="bad"):
        notice(run, run.job.attempt, "collapse", run.health_note)
    return len(ended) > AT_ONCE


_SILENT = "It has said nothing for longer than its steps take. It is in a long step, or it hangs: its log shows which."


def _unnoticed(events: list[Any], **which: Any) -> QuerySet[Run]:
    """Runs whose current attempt has none of these notifications yet."""
    known = Notification.objects.filter(
        run=OuterRef("pk"), attempt=OuterRef("job__attempt"), event__in=events
    )
    runs: QuerySet[Run] = Run.objects.filter(~Exists(known), **which)
    return runs.select_related("job").defer("config", "notes")


def _end_in_words(run: Run) -> str:
    if run.job.state == State.SUCCEEDED:
        done = f"{run.step:,} steps are done."
        return f"{done} {run.health_note}" if run.no_signal else done
    error = run.job.error or {}
    why = error.get("message") or "The run did not say why it ended."
    return f"{why} {error.get('remedy', '')}".strip()
