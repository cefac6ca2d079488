"""What home shows: runs that need attention, each with the reason in words, runs at work and the latest others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q
from django.utils.translation import gettext as _

from webapp.jobs.models import ACTIVE, State
from webapp.runs.health import is_stalled
from webapp.runs.models import Run
from webapp.runs.rows import RunRow, run_rows
from webapp.runs.verdict import NO_SIGNAL

RECENT = 8
ATTENTION_DAYS = 7


@dataclass(frozen=True, slots=True)
class Attention:
    """A run that somebody should look at."""

    row: RunRow
    tone: Literal["bad", "warn"]
    reason: str
    remedy: str
    action: Literal["resume", "log", "evidence"]  # what to do next, as a button or a link


@dataclass(frozen=True, slots=True)
class Home:
    attention: tuple[Attention, ...]
    active: tuple[RunRow, ...]
    recent: tuple[RunRow, ...]

    @property
    def empty(self) -> bool:
        return not (self.attention or self.active or self.recent)


def home_of(user: Any, now: datetime) -> Home:
    """No run stands twice. Archived runs stand on the list alone."""
    mine = Run.objects.owned_by(user).filter(archived=False).for_rows().order_by("-created")
    active = list(mine.filter(job__state__in=ACTIVE))
    since = now - timedelta(days=ATTENTION_DAYS)
    wrong = Q(job__state__in=[State.FAILED, State.FINISHED_SHORT])
    in_vain = Q(job__state=State.SUCCEEDED, health_note=NO_SIGNAL)
    ended = mine.filter(wrong | in_vain, job__finished__gte=since)
    unwell = [
        run
        for run in active
        if is_stalled(run, now) or (run.job.state == State.RUNNING and run.health == "bad")
    ]
    attention = [*unwell, *ended.with_error()[:RECENT]]
    shown = {run.pk for run in [*attention, *active]}
    recent = [run for run in mine[: RECENT + len(shown)] if run.pk not in shown][:RECENT]
    named = {run.pk for run in attention}
    at_work = [run for run in active if run.pk not in named]
    at_work.sort(key=lambda run: run.job.state == State.QUEUED)  # those at work before those that wait
    return Home(_attention(attention, now), run_rows(at_work, now), run_rows(recent, now))


def _attention(runs: Iterable[Run], now: datetime) -> tuple[Attention, ...]:
    return tuple(attention_of(row) for row in run_rows(runs, now))


def attention_of(row: RunRow) -> Attention:
    """Why a run needs attention, and what to do next."""
    run, error = row.run, row.run.job.error if row.run.job.ended else {}
    if row.state == "stalled":
        return Attention(
            row,
            "warn",
            _("The run has said nothing for longer than its steps take. It is in a long step, or it hangs."),
            _("Its log shows what it does. Cancelling and resuming goes on from the newest checkpoint."),
            "log",
        )
    if row.state == "finished_short":
        reason = error.get("message") or _("Training ended by itself before its last step.")
        return Attention(
            row, "warn", reason, _("Read the log, then resume the run to do the other steps."), "resume"
        )
    if row.state == "no_signal":
        remedy = _(
            "Choose easier positions, add a cold start or sample more answers a group. A probe shows before a run "
            "which positions have a signal."
        )
        return Attention(row, "warn", run.health_note, remedy, "evidence")
    if row.state == "failed":
        reason = error.get("message") or _("The run failed and did not say why.")
        return Attention(
            row, "bad", reason, error.get("remedy") or _("Read the log, then resume the run."), "resume"
        )
    remedy = _(
        "Look at the evidence. If it goes on like this, cancel the run and go on from an earlier checkpoint."
    )
    return Attention(row, "bad", run.health_note, remedy, "evidence")
