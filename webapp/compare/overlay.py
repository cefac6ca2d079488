"""One metric of several runs as lines to be drawn, or as the mean and the band of groups of runs.

Few queries whatever the number of runs: one for the points of a metric, and where a chart is drawn over time one
a run for the times of what is drawn. Every line is downsampled with its extremes kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, stdev
from typing import Any

from django.db.models import Min

from webapp.charts.series import downsample
from webapp.runs.curves import Point, curve
from webapp.runs.models import MetricPoint, Run

POINTS = 8000
"""Drawn points of a chart, over all its lines."""
FEWEST = 200
"""Of one line."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The steps that are asked for, both included; None leaves that end open."""

    first: int | None = None
    last: int | None = None


def run_lines(
    runs: Sequence[Run], key: str, limits: Limits = Limits(), *, times: bool = False
) -> dict[int, dict[str, Any]]:
    """The line of each run that has the metric, by the run's number: step, value and, where asked, time (Unix ms)."""
    whole = _points(runs, key, limits)
    budget = max(FEWEST, POINTS // max(1, len(whole)))
    found = {}
    for number, points in whole.items():
        drawn = downsample(points, budget)
        found[number] = {
            "step": [point.step for point in drawn],
            "value": [point.value for point in drawn],
            "total": len(points),
            "sampled": len(drawn) < len(points),
        }
        if times:
            written = MetricPoint.objects.filter(run=number).times(key, [point.step for point in drawn])
            found[number]["time"] = [
                round(written[point.attempt, point.step].timestamp() * 1000) for point in drawn
            ]
    return found


def group_lines(
    groups: Mapping[str, Sequence[Run]], key: str, limits: Limits = Limits()
) -> list[dict[str, Any]]:
    """The mean over each group's runs at every step that some of them have, and one standard deviation around it.

    `runs` counts those that have the metric at all, `count` those behind each point. Where there is one, there
    is no band.
    """
    everything = [run for members in groups.values() for run in members]
    whole = _points(everything, key, limits)
    budget = max(FEWEST, POINTS // max(1, len(groups)))
    found = []
    for value, members in groups.items():
        curves = [whole[run.pk] for run in members if run.pk in whole]
        at = _mean_and_spread(curves)
        drawn = downsample([Point(step, mean, count) for step, (mean, _, count) in at.items()], budget)
        spread = [at[point.step][1] for point in drawn]
        found.append(
            {
                "label": value,
                "runs": len(curves),
                "step": [point.step for point in drawn],
                "mean": [point.value for point in drawn],
                "low": [point.value - width for point, width in zip(drawn, spread, strict=True)],
                "high": [point.value + width for point, width in zip(drawn, spread, strict=True)],
                "count": [point.attempt for point in drawn],
                "sampled": len(drawn) < len(at),
            }
        )
    return found


def _mean_and_spread(curves: Sequence[Sequence[Point]]) -> dict[int, tuple[float, float, int]]:
    """(mean, standard deviation, runs) at each step, by rising step."""
    values: dict[int, list[float]] = {}
    for points in curves:
        for point in points:
            values.setdefault(point.step, []).append(point.value)
    return {
        step: (fmean(found), stdev(found) if len(found) > 1 else 0.0, len(found))
        for step, found in sorted(values.items())
    }


def _points(runs: Sequence[Run], key: str, limits: Limits) -> dict[int, tuple[Point, ...]]:
    """The points that count, of each run that has any: what a later attempt replaced is left out."""
    rows = MetricPoint.objects.filter(run__in=runs, key=key)
    starts = _starts(rows) if limits.first is not None else {}
    wanted = rows.between(limits.first, limits.last).order_by("run", "attempt", "step")
    found: dict[int, tuple[Point, ...]] = {}
    for number, own in groupby(wanted.values_list("run", "step", "value", "attempt"), key=lambda row: row[0]):
        points = [Point(*row[1:]) for row in own]
        attempts = {attempt: list(part) for attempt, part in groupby(points, key=lambda point: point.attempt)}
        first_steps = starts.get(number) or {attempt: part[0].step for attempt, part in attempts.items()}
        found[number] = curve(attempts, first_steps).current
    return found


def _starts(rows: Any) -> dict[int, dict[int, int]]:
    """{run: {attempt: its first step}}: a zoom does not see where an attempt began."""
    found: dict[int, dict[int, int]] = {}
    for run, attempt, step in rows.order_by().values_list("run", "attempt").annotate(Min("step")):
        found.setdefault(run, {})[attempt] = step
    return found
