"""Curves made of a run's metric points: what counts, and what a later attempt replaced.

A resumed attempt begins again at a checkpoint. From its first step on it takes the place of what
earlier attempts wrote; their part stays as a ghost.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from webapp.runs.models import MetricPoint, Run

_AFTER_FIRST = itemgetter(1, 2, 3)


class Point(NamedTuple):
    """One value of a metric. A plain tuple: long runs have many."""

    step: int
    value: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Curve:
    """`current` by rising step; each ghost is the replaced part of one attempt, by rising step."""

    current: tuple[Point, ...]
    ghosts: tuple[tuple[Point, ...], ...]

    @property
    def values(self) -> list[float]:
        return [point.value for point in self.current]


def curve(attempts: Mapping[int, Sequence[Point]], first_steps: Mapping[int, int]) -> Curve:
    """Tell the points that count from those a later attempt replaced. Pure.

    Args:
        attempts: the points of one metric by attempt, each by rising step.
        first_steps: the first step of each attempt that wrote the metric, asked for or not.
    """
    current: list[Point] = []
    ghosts: list[tuple[Point, ...]] = []
    for attempt in sorted(attempts):
        points = attempts[attempt]
        end = min((first for later, first in first_steps.items() if later > attempt), default=None)
        cut = len(points) if end is None else bisect_left(points, end, key=lambda point: point.step)
        current += points[:cut]
        if cut < len(points):
            ghosts.append(tuple(points[cut:]))
    return Curve(tuple(current), tuple(ghosts))


def run_curves(
    run: Run,
    keys: Sequence[str],
    *,
    first: int | None = None,
    last: int | None = None,
    starts: Mapping[str, Mapping[int, int]] | None = None,
) -> dict[str, Curve]:
    """The curve of each metric, of the steps `first` to `last` (both included; None: open).

    `starts` has the first step of each attempt by metric, where that is known already.
    """
    rows = MetricPoint.objects.of_run(run)
    if starts is None:
        starts = {} if first is None else rows.first_steps(keys)
    found = dict.fromkeys(keys, Curve((), ()))
    for key, group in groupby(rows.between(first, last).in_order(keys), key=itemgetter(0)):
        found[key] = _run_curve(map(Point._make, map(_AFTER_FIRST, group)), starts.get(key))
    return found


def curves_of_runs(
    runs: Iterable[int], key: str, *, first: int | None = None, last: int | None = None
) -> dict[int, Curve]:
    """The curve of one metric in each of these runs (their numbers) that has points of the steps `first` to `last`."""
    rows = MetricPoint.objects.filter(run__in=list(runs), key=key)
    starts = {} if first is None else rows.first_steps_of_runs()
    wanted = rows.between(first, last).order_by("run", "attempt", "step")
    found = {}
    for run, group in groupby(wanted.values_list("run", "step", "value", "attempt"), key=itemgetter(0)):
        found[run] = _run_curve(map(Point._make, map(_AFTER_FIRST, group)), starts.get(run))
    return found


def _run_curve(points: Iterable[Point], first_steps: Mapping[int, int] | None) -> Curve:
    """The curve of one metric's points, by attempt and step. None: they have every attempt's start."""
    attempts = {attempt: list(group) for attempt, group in groupby(points, key=attrgetter("attempt"))}
    if first_steps is None:
        first_steps = {attempt: group[0].step for attempt, group in attempts.items()}
    return curve(attempts, first_steps)
