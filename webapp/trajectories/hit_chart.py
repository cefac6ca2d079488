"""How often one context was answered right at each of its steps, as a small chart with links. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 96
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 10, 20
"""Room around the points: for the scale, for the last point, for the steps."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One step at which the context was asked."""

    step: int
    group: int
    hits: int
    samples: int


@dataclass(frozen=True, slots=True)
class Point:
    asked: Asked
    x: float
    y: float
    here: bool  # the step whose page is shown


@dataclass(frozen=True, slots=True)
class HitChart:
    points: tuple[Point, ...]  # by step
    line: str  # their coordinates, as SVG wants them
    first: int
    last: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def hit_chart(asked: Sequence[Asked], step: int) -> HitChart | None:
    """The chart of a context; `step` is the one shown. None where it was asked once only."""
    ordered = sorted((one for one in asked if one.samples), key=lambda one: one.step)
    if len(ordered) < 2:
        return None
    first, last = ordered[0].step, ordered[-1].step
    points = tuple(_point(one, first, last, one.step == step) for one in ordered)
    line = " ".join(f"{point.x:g},{point.y:g}" for point in points)
    return HitChart(points, line, first, last)


def _point(one: Asked, first: int, last: int, here: bool) -> Point:
    across = (one.step - first) / (last - first)
    up = one.hits / one.samples
    return Point(
        one,
        x=round(LEFT + across * (WIDTH - LEFT - RIGHT), 1),
        y=round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1),
        here=here,
    )
