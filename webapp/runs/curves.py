"""Curves made of a run's metric points: what counts, and what a later attempt replaced.

A resumed attempt begins again at a checkpoint. From its first step on it takes the place of what
earlier attempts wrote; their part stays as a ghost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from webapp.runs.models import MetricPoint, Run


@dataclass(frozen=True, slots=True)
class Point:
    step: int
    value: float
    attempt: int
    time: int  # Unix milliseconds


@dataclass(frozen=True, slots=True)
class Curve:
    """`current` by rising step; each ghost is the replaced part of one attempt, by rising step."""

    current: tuple[Point, ...]
    ghosts: tuple[tuple[Point, ...], ...]

    @property
    def values(self) -> list[float]:
        return [point.value for point in self.current]


def curve(points: Iterable[Point], first_steps: Mapping[int, int]) -> Curve:
    """Tell the points that count from those a later attempt replaced. Pure.

    Args:
        points: of one metric, in any order.
        first_steps: the first step of each attempt that wrote the metric.
    """
    ends = {
        attempt: min((first for later, first in first_steps.items() if later > attempt), default=None)
        for attempt in first_steps
    }
    current: list[Point] = []
    replaced: list[Point] = []
    for point in points:
        end = ends.get(point.attempt)
        (current if end is None or point.step < end else replaced).append(point)
    current.sort(key=lambda point: point.step)
    replaced.sort(key=lambda point: (point.attempt, point.step))
    ghosts = tuple(tuple(group) for _, group in groupby(replaced, key=lambda point: point.attempt))
    return Curve(tuple(current), ghosts)


def run_curves(
    run: Run, keys: Sequence[str], *, first: int | None = None, last: int | None = None
) -> dict[str, Curve]:
    """The curve of each metric, of the steps `first` to `last` (both included; None: open)."""
    rows = MetricPoint.objects.of_run(run)
    starts = rows.first_steps(keys)
    points: dict[str, list[Point]] = {key: [] for key in keys}
    for key, attempt, step, value, time in rows.between(first, last).in_order(keys):
        points[key].append(Point(step, value, attempt, round(time.timestamp() * 1000)))
    return {key: curve(points[key], starts.get(key, {})) for key in keys}
