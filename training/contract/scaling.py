"""The scaling law P(C) = A / C^alpha + P*: least squares with intervals (RPT Fig. 5, METHODS A8). Pure.

C is measured in units of the first point's compute, so that A is the distance of the first point from
the limit P*: negative where accuracy rises. For a fixed alpha the law is a straight line in
C^-alpha, so alpha alone is searched. Intervals are profile intervals: all values with which some
choice of the other two parameters fits hardly worse than the best. Six points and three parameters
make a high R2 cheap; the intervals say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

LOWEST_ALPHA, HIGHEST_ALPHA = 0.01, 10.0
"""alpha is searched between these. At the lower end the law is a straight line in log C."""
_GRID = 1200
MIN_POINTS = 4
"""Three parameters and one point that can contradict them."""

Interval = tuple[float, float]

# 97.5 % points of Student's t for 1, 2, 3 ... degrees of freedom.
_T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScalingFit:
    """A fitted law. Intervals are of 95 %; C is in units of `unit`."""

    a: float  # A; negative for a rising measure
    alpha: float
    limit: float  # P*, in the measure's unit
    r2: float  # 1 - residual / total sum of squares
    unit: float  # compute of the first point, in the unit the points came in
    a_interval: Interval
    alpha_interval: Interval
    limit_interval: Interval
    alpha_open: bool  # alpha's interval reaches an end of the search: the points do not tell it
    points: int

    def at(self, compute: float) -> float:
        """P at a compute, in the unit of the points."""
        return self.a * (compute / self.unit) ** -self.alpha + self.limit


@dataclass(frozen=True, slots=True)
class _Line:
    """The best straight line y = a x + b for one alpha, x = C^-alpha."""

    alpha: float
    a: float
    b: float
    sse: float
    sxx: float  # sum of squares of x about its mean
    mean_x: float


def fit(points: Sequence[tuple[float, float]]) -> ScalingFit | None:
    """Fit the law to (C, P) points.

    Returns None where there are fewer than four different C above 0, or where P does not vary: nothing
    is to be fitted then. Points at C = 0 (before training) are left out: the law has no value there.
    """
    used = sorted((c, p) for c, p in points if c > 0)
    values = [p for _, p in used]
    if len({c for c, _ in used}) < MIN_POINTS or max(values) == min(values):
        return None
    unit = used[0][0]
    logs = [log(c / unit) for c, _ in used]

    def line(alpha: float) -> _Line:
        return _line([exp(-alpha * value) for value in logs], values, alpha)

    grid = [line(alpha) for alpha in _alphas()]
    best = _refined(line, grid)
    mean = sum(values) / len(values)
    total = sum((value - mean) ** 2 for value in values)
    freedom = len(values) - 3
    allowed = best.sse * (1 + _t(freedom) ** 2 / freedom)
    inside = [best, *(found for found in grid if found.sse <= allowed)]
    alphas = [found.alpha for found in inside]
    return ScalingFit(
        a=best.a,
        alpha=best.alpha,
        limit=best.b,
        r2=1 - best.sse / total,
        unit=unit,
        a_interval=_profile(inside, allowed, lambda found: (found.a, found.sxx)),
        alpha_interval=(min(alphas), max(alphas)),
        limit_interval=_profile(inside, allowed, lambda found: (found.b, _weight_of_b(found, len(values)))),
        alpha_open=min(alphas) <= grid[0].alpha * 1.0001 or max(alphas) >= grid[-1].alpha * 0.9999,
        points=len(values),
    )


def _alphas() -> list[float]:
    low, high = log(LOWEST_ALPHA), log(HIGHEST_ALPHA)
    return [exp(low + (high - low) * place / _GRID) for place in range(_GRID + 1)]


def _line(x: Sequence[float], y: Sequence[float], alpha: float) -> _Line:
    n = len(x)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    sxx = sum((value - mean_x) ** 2 for value in x)
    sxy = sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True))
    a = sxy / sxx
    b = mean_y - a * mean_x
    sse = sum((other - a * one - b) ** 2 for one, other in zip(x, y, strict=True))
    return _Line(alpha, a, b, sse, sxx, mean_x)


def _refined(line: Callable[[float], _Line], grid: Sequence[_Line]) -> _Line:
    """Golden section between the neighbours of the grid's best alpha, on its logarithm."""
    place = min(range(len(grid)), key=lambda index: grid[index].sse)
    low, high = log(grid[max(0, place - 1)].alpha), log(grid[min(len(grid) - 1, place + 1)].alpha)
    golden = (sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if line(exp(left)).sse <= line(exp(right)).sse:
            high = right
        else:
            low = left
    found = line(exp((low + high) / 2))
    return found if found.sse <= grid[place].sse else grid[place]


def _profile(lines: Sequence[_Line], allowed: float, of: Callable[[_Line], tuple[float, float]]) -> Interval:
    """All values of a parameter that some alpha allows. `of` gives its best value and its curvature:
    moving it by d, with the other one refitted, raises the sum of squares by curvature x d^2."""
    low, high = inf, -inf
    for found in lines:
        value, curvature = of(found)
        reach = sqrt(max(0.0, allowed - found.sse) / curvature)
        low, high = min(low, value - reach), max(high, value + reach)
    return low, high


def _weight_of_b(found: _Line, n: int) -> float:
    """Curvature of the sum of squares in b once a is refitted: n sxx / (sxx + n mean_x^2)."""
    return n * found.sxx / (found.sxx + n * found.mean_x**2)


def _t(freedom: int) -> float:
    return _T975[freedom - 1] if freedom <= len(_T975) else 1.96 + 2.5 / freedom
