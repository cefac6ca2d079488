"""A sparkline as the points of an SVG polyline. Pure."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, PAD = 120, 28, 2


def sparkline(values: Sequence[float]) -> str:
    """`x,y` pairs within WIDTH x HEIGHT, the lowest value at the bottom; "" for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = high - low
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    pairs = []
    for index, value in enumerate(values):
        share = (value - low) / span if span else 0.5
        pairs.append(f"{PAD + index * step:.1f},{HEIGHT - PAD - share * (HEIGHT - 2 * PAD):.1f}")
    return " ".join(pairs)
