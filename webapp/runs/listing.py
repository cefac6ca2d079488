"""What home and the list of runs show: rows with state, sparkline and the age of their data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

from webapp.jobs.models import ACTIVE, State
from webapp.runs.health import is_stalled, shown_state
from webapp.runs.models import MetricPoint, Run
from webapp.runs.sparkline import sparkline

SPARK_STEPS = 60
RECENT = 8
ATTENTION_DAYS = 7
PER_PAGE = 25

STATES = {
    "": "Any state",
    "active": "Queued or running",
    "succeeded": "Finished",
    "finished_short": "Finished short",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
SORTS: dict[str, tuple[str, Any]] = {
    "newest": ("Newest first", F("created").desc()),
    "oldest": ("Oldest first", F("created").asc()),
    "name": ("Name", F("name").asc()),
    "reward": ("Highest reward", F("last_reward").desc(nulls_last=True)),
    "step": ("Most steps", F("step").desc()),
}


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    state: str  # as shown: the job's, or cancelling, or stalled
    spark: str  # points of the sparkline of its main metric; may be ""
    latest: float | None  # the newest value of it


@dataclass(frozen=True, slots=True)
class Home:
    attention: tuple[RunRow, ...]
    active: tuple[RunRow, ...]
    recent: tuple[RunRow, ...]

    @property
    def empty(self) -> bool:
        return not (self.attention or self.active or self.recent)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list's address asks for; unknown values fall back to the first choice."""

    text: str
    state: str
    sort: str

    @classmethod
    def of(cls, query: Any) -> Filters:
        state, sort = query.get("state", ""), query.get("sort", "newest")
        return cls(
            text=query.get("q", "").strip()[:200],
            state=state if state in STATES else "",
            sort=sort if sort in SORTS else "newest",
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.state)


def home_of(user: Any, now: datetime) -> Home:
    """Runs that need attention, runs at work and the latest others; no run stands twice."""
    mine = Run.objects.owned_by(user).with_job().order_by("-created")
    active = list(mine.filter(job__state__in=ACTIVE))
    since = now - timedelta(days=ATTENTION_DAYS)
    unwell = mine.filter(job__state__in=[State.FAILED, State.FINISHED_SHORT], job__finished__gte=since)
    attention = [*(run for run in active if is_stalled(run, now)), *unwell[:RECENT]]
    shown = {run.pk for run in [*attention, *active]}
    recent = [run for run in mine[: RECENT + len(shown)] if run.pk not in shown][:RECENT]
    stalled = {run.pk for run in attention}
    at_work = [run for run in active if run.pk not in stalled]
    at_work.sort(key=lambda run: run.job.state == State.QUEUED)  # those at work before those that wait
    return Home(*(run_rows(runs, now) for runs in (attention, at_work, recent)))


def listed(user: Any, filters: Filters, page: str | None) -> Page[Run]:
    """One page of the user's runs."""
    runs: QuerySet[Run] = Run.objects.owned_by(user).with_job().order_by(SORTS[filters.sort][1], "-pk")
    if filters.text:
        runs = runs.filter(
            Q(name__icontains=filters.text) | Q(experiment__corpus__name__icontains=filters.text)
        )
    if filters.state == "active":
        runs = runs.filter(job__state__in=ACTIVE)
    elif filters.state:
        runs = runs.filter(job__state=filters.state)
    return Paginator(runs, PER_PAGE).get_page(page)


def numbers_of(texts: Iterable[str]) -> list[int]:
    """Numbers in texts like "1,2", each once, in order; what is no number is left out."""
    parts = [part.strip() for text in texts for part in text.split(",")]
    return list(dict.fromkeys(int(part) for part in parts if part.isdecimal() and len(part) < 13))


def run_rows(runs: Iterable[Run], now: datetime) -> tuple[RunRow, ...]:
    found = list(runs)
    curves = _latest_values(found)
    return tuple(_row(run, curves.get(run.pk, []), now) for run in found)


def _row(run: Run, values: list[float], now: datetime) -> RunRow:
    latest = values[-1] if run.is_supervised and values else run.last_reward
    return RunRow(run, shown_state(run, now), sparkline(values), latest)


def _latest_values(runs: list[Run]) -> dict[int, list[float]]:
    """The reward or loss of each run's latest steps, by rising step; of several attempts the latest."""
    if not runs:
        return {}
    wanted = Q()
    for run in runs:
        wanted |= Q(run=run, key=run.main_metric, step__gt=run.step - SPARK_STEPS, step__lte=run.step)
    rows = MetricPoint.objects.filter(wanted).order_by("run", "step", "attempt")
    found: dict[int, dict[int, float]] = {}
    for run_id, step, value in rows.values_list("run", "step", "value"):
        found.setdefault(run_id, {})[step] = value
    return {run_id: list(steps.values()) for run_id, steps in found.items()}
