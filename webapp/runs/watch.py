"""Judges runs while they go on, beside the reconciler: lists show the verdict without reading a curve.

A run of n steps is judged about 100 log n times: after its first twenty steps, whenever it has gone on by a
hundredth, and once it has ended. Training and ingest never wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from webapp.jobs.models import ENDED, State
from webapp.live.doorbell import ring
from webapp.runs.models import Run
from webapp.runs.page import checks_of
from webapp.runs.verdict import MIN_STEPS, NO_SIGNAL, Check

AT_ONCE = 5
"""Runs judged before others get their turn."""
_SHARE = 100
_LOOKED_AT = 200
_WORST_FIRST = ("bad", "warn", "good")


def judge_due() -> bool:
    """Judge some of the runs that have gone on since they were judged; whether there are more."""
    # In an order that one small index has: the jobs are read for what it finds, not the other way round.
    gone_on = Run.objects.exclude(health_step=F("step")).order_by("job").values_list("pk", flat=True)
    found = Run.objects.filter(pk__in=list(gone_on[:_LOOKED_AT]), job__state__in=[State.RUNNING, *ENDED])
    steps = found.order_by("job").values_list("pk", "step", "health_step", "job__state")
    due = [
        pk
        for pk, step, judged, state in steps
        if state in ENDED or (step >= MIN_STEPS and abs(step - judged) * _SHARE >= step)
    ]
    for run in Run.objects.filter(pk__in=due[:AT_ONCE]).select_related("job"):
        judge(run)
    return len(due) > AT_ONCE


def judge(run: Run) -> None:
    """Store what the verdict says of the run as a whole."""
    status, note, key = overall(checks_of(run))
    Run.objects.filter(pk=run.pk).update(
        health=status, health_note=note[:400], health_key=key, health_step=run.step
    )
    ring(run.job_id)


def overall(checks: Sequence[Check]) -> tuple[str, str, str]:
    """Status, sentence and metric of the worst check, the first of several; all "" where nothing could be judged."""
    for check in checks:
        if check.sentence == NO_SIGNAL:  # whatever else is wrong comes of it
            return check.status, check.sentence, check.key
    for status in _WORST_FIRST:
        for check in checks:
            if check.status == status:
                return status, check.sentence, check.key
    return "", "", ""
