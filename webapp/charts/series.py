"""What is drawn of a curve: at most `BUDGET` points, its extremes and its newest among them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.runs.curves import Curve, Point

BUDGET = 1000
"""Points of a curve above which it is downsampled: two for each pixel of a tile, and more."""

Times = Mapping[tuple[int, int], int]
"""(attempt, step) -> when the point was written, in Unix ms."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve as it is sent to the page."""

    curve: Curve  # downsampled
    total: int  # current points before that

    @property
    def points(self) -> Iterator[Point]:
        yield from self.curve.current
        for ghost in self.curve.ghosts:
            yield from ghost


def drawn(whole: Curve, budget: int = BUDGET, *, total: int | None = None) -> Drawn:
    """Downsample a curve and its ghosts, each to at most `budget` points.

    `total`: how many points there are, where `whole` lacks some that are no extremes.
    """
    ghosts = tuple(downsample(ghost, budget) for ghost in whole.ghosts)
    current = downsample(whole.current, budget)
    return Drawn(Curve(current, ghosts), len(whole.current) if total is None else total)


def downsample(points: Sequence[Point], budget: int = BUDGET) -> tuple[Point, ...]:
    """At most `budget` points (at least 3): each bucket's lowest and highest, and the newest of all.

    So the lowest and the highest value of the whole curve are always among them.
    """
    if len(points) <= budget:
        return tuple(points)
    rest, newest = points[:-1], points[-1]
    buckets = (budget - 1) // 2
    kept: list[Point] = []
    for bucket in range(buckets):
        part = rest[bucket * len(rest) // buckets : (bucket + 1) * len(rest) // buckets]
        ends = {min(part, key=lambda point: point.value), max(part, key=lambda point: point.value)}
        kept += sorted(ends, key=lambda point: point.step)
    return (*kept, newest)


def as_json(found: Drawn, times: Times) -> dict[str, Any]:
    """Arrays for the page: step, value, time (Unix ms), attempt; `total` points before downsampling."""
    current = found.curve.current
    return {
        **_arrays(current, times),
        "attempt": [point.attempt for point in current],
        "total": found.total,
        "sampled": len(current) < found.total,
        "ghost": [{"attempt": ghost[0].attempt, **_arrays(ghost, times)} for ghost in found.curve.ghosts],
    }


def _arrays(points: Sequence[Point], times: Times) -> dict[str, Any]:
    return {
        "step": [point.step for point in points],
        "value": [point.value for point in points],
        "time": [times[point.attempt, point.step] for point in points],
    }
