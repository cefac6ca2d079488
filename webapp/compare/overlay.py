"""One metric of several runs as lines to be drawn, or as the mean and the band of groups of runs.

Few queries whatever the number of runs, and where a chart is drawn over time one a run for times that are not known
yet. Long runs are read from their roll-ups; every line is downsampled with its extremes kept. A mean of runs needs
what each of them has at each step: groups are read point by point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from webapp.charts.series import downsample
from webapp.runs.curves import Point, curves_of_runs
from webapp.runs.models import MetricPoint, MetricRollup, Run
from webapp.runs.rollups import milliseconds
from webapp.runs.thinned import thinned_curves_of_runs

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
    numbers = sorted(run.pk for run in runs)
    extents = MetricRollup.objects.filter(run__in=numbers).extents_of_runs(key)
    read = thinned_curves_of_runs(
        extents, numbers, key, first=limits.first, last=limits.last, buckets=_budget(len(extents)) // 2
    )
    found = {}
    for number, thinned in read.items():
        drawn = downsample(thinned.curve.current, _budget(len(read)))
        found[number] = {
            "step": [point.step for point in drawn],
            "value": [point.value for point in drawn],
            "total": thinned.total,
            "sampled": len(drawn) < thinned.total,
        }
        if times:
            found[number]["time"] = _times(number, key, drawn, thinned.times)
    return found


def _budget(lines: int) -> int:
    """Points of each of so many lines."""
    return max(FEWEST, POINTS // max(1, lines))


def _times(run: int, key: str, points: Sequence[Point], known: Mapping[tuple[int, int], int]) -> list[int]:
    """When each point was written, in Unix ms."""
    unknown = {point.step for point in points if (point.attempt, point.step) not in known}
    written = MetricPoint.objects.filter(run=run).times(key, unknown) if unknown else {}
    times = {**known, **{place: milliseconds(time) for place, time in written.items()}}
    return [times[point.attempt, point.step] for point in points]


def group_lines(
    groups: Mapping[str, Sequence[Run]], key: str, limits: Limits = Limits()
) -> list[dict[str, Any]]:
    """The mean over each group's runs at every step that some of them have, and one standard deviation around it.

    `runs` counts those that have the metric at all, `count` those behind each point. Where there is one, there
    is no band.
    """
    everything = [run for members in groups.values() for run in members]
    numbers = [run.pk for run in everything]
    whole = curves_of_runs(numbers, key, first=limits.first, last=limits.last)
    budget = _budget(len(groups))
    found = []
    for value, members in groups.items():
        curves = [whole[run.pk].current for run in members if run.pk in whole]
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
