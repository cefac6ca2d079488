"""Intervals of shares. Pure."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959963984540054
"""The standard normal's 97.5 % point: an interval of 95 %."""


def wilson(right: float, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share, (low, high), both in [0, 1].

    Args:
        right: how many of the `n` were right. May be a fraction: the sum over positions of the share of
            right responses. The positions are what was drawn, so they are what is counted.
        n: independent draws, at least one.
        z: normal quantile.

    Raises ValueError for n below 1 or `right` outside 0 to n.
    """
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"{right} right of {n} is no share")
    share = right / n
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # At the ends the formula gives 0 and 1 exactly; rounding does not.
    return (0.0 if right == 0 else max(0.0, low), 1.0 if right == n else min(1.0, high))
