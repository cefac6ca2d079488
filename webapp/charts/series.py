"""What is drawn of a curve: at most `BUDGET` points, its extremes and its newest among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.runs.curves import Curve, Point

BUDGET = 2000
"""Points of a curve above which it is downsampled."""


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


def as_json(whole: Curve, budget: int = BUDGET) -> dict[str, Any]:
    """Arrays for the page: step, value, attempt, time (Unix ms); `total` points before downsampling."""
    shown = downsample(whole.current, budget)
    return {
        **_arrays(shown),
        "attempt": [point.attempt for point in shown],
        "total": len(whole.current),
        "sampled": len(shown) < len(whole.current),
        "ghost": [
            {"attempt": ghost[0].attempt, **_arrays(downsample(ghost, budget))} for ghost in whole.ghosts
        ],
    }


def _arrays(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "step": [point.step for point in points],
        "value": [point.value for point in points],
        "time": [point.time for point in points],
    }
