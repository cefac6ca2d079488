"""Curves made of metric points: what counts, what was replaced, and what is drawn of it. Pure.

A resumed attempt begins again at a checkpoint. From its first step on it takes the place of what
earlier attempts wrote; their part stays as a ghost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

BUDGET = 2000
"""Points of a curve above which it is downsampled."""


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


def curve(points: Iterable[Point], first_steps: Mapping[int, int]) -> Curve:
    """Tell the points that count from those a later attempt replaced.

    Args:
        points: of one metric, in any order.
        first_steps: the first step of each attempt that wrote the metric.
    """
    current: list[Point] = []
    replaced: list[Point] = []
    for point in points:
        later = (first for attempt, first in first_steps.items() if attempt > point.attempt)
        (replaced if point.step >= min(later, default=point.step + 1) else current).append(point)
    current.sort(key=lambda point: point.step)
    replaced.sort(key=lambda point: (point.attempt, point.step))
    ghosts = tuple(tuple(group) for _, group in groupby(replaced, key=lambda point: point.attempt))
    return Curve(tuple(current), ghosts)


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
