"""A run as a row of home and of the list: state as shown, sparkline, latest value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.urls import reverse

from webapp.runs.health import shown_state
from webapp.runs.models import MAIN_METRICS, REWARD, MetricPoint, Run, Tag
from webapp.runs.sparkline import sparkline

SPARK_STEPS = 40
CHANGES = 3
"""Changed settings that a row names; the others are counted."""
LONGEST = 24
"""Characters of a changed value that a row shows."""


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    state: str  # as shown: the job's, or cancelling, or stalled
    spark: str  # points of the sparkline of its main metric; may be ""
    latest: float | None  # the newest value of it
    tags: list[str]
    url: str
    edit_url: str
    star_url: str

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The first changed settings, by the last part of their names."""
        return [(name.rpartition(".")[2], value[:LONGEST]) for name, value in self.run.changed[:CHANGES]]

    @property
    def more_changes(self) -> int:
        return max(0, len(self.run.changed) - CHANGES)


def run_rows(runs: Iterable[Run], now: datetime) -> tuple[RunRow, ...]:
    """`runs` as `for_rows` gives them. Reads the curves of all of them at once, and their tags."""
    found = list(runs)
    curves, tags = _latest_values(found), Tag.objects.of_runs(run.pk for run in found)
    # Made once for all rows: finding an address takes longer than the rest of a row.
    urls = [reverse(name, args=[0]).split("/0/") for name in ("run", "run-edit", "run-star")]
    rows = []
    for run in found:
        values = curves.get(run.pk, [])
        latest = values[-1] if run.is_supervised and values else run.last_reward
        places = (f"/{run.pk}/".join(parts) for parts in urls)
        rows.append(
            RunRow(run, shown_state(run, now), sparkline(values), latest, tags.get(run.pk, []), *places)
        )
    return tuple(rows)


def _latest_values(runs: list[Run]) -> dict[int, list[float]]:
    """The reward or loss of each run's latest steps, by rising step; of several attempts the latest."""
    if not runs:
        return {}
    wanted = {run.pk: run.main_metric for run in runs}
    rows = MetricPoint.objects.filter(
        run__in=list(wanted),
        key__in=[REWARD, *MAIN_METRICS.values()],
        step__gt=F("run__step") - SPARK_STEPS,
        step__lte=F("run__step"),
    )
    found: dict[int, dict[int, float]] = {}
    for run, key, step, value in rows.order_by("attempt").values_list("run", "key", "step", "value"):
        if key == wanted[run]:
            found.setdefault(run, {})[step] = value
    return {run: [value for _, value in sorted(steps.items())] for run, steps in found.items()}
