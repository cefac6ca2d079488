"""Least squares of laws that are straight lines once one parameter is fixed, with profile intervals. Pure.

For each value of that parameter p the law is y = a x_p + b, so p alone is searched: on a grid, then
between the grid's best and its neighbours. The interval of a parameter holds all values with which some
choice of the other two fits hardly worse than the best. Few points and three parameters make a high R2
cheap; the intervals say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

Interval = tuple[float, float]
PARAMETERS = 3
MIN_POINTS = PARAMETERS + 1
"""Three parameters and one point that can contradict them."""
_GRID = 300
_EDGE = 1e-4  # of a place on the grid: an interval that comes so near an end of the search reaches it

# 97.5 % points of Student's t for 1, 2, 3 ... degrees of freedom.
_T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """A range of the searched parameter: its value at a share from 0 to 1 of the way, and the x it makes."""

    value: Callable[[float], float]
    x: Callable[[float], list[float]]  # of the parameter's value


@dataclass(frozen=True, slots=True)
class Fitted:
    """The best line, and the 95 % intervals of the three parameters."""

    value: float  # of the searched parameter
    a: float
    b: float
    sse: float  # residual sum of squares of y
    value_interval: Interval
    a_interval: Interval
    b_interval: Interval
    open: bool  # the searched parameter's interval reaches an end of the search


@dataclass(frozen=True, slots=True)
class _Line:
    """The best straight line y = a x + b for one value of the parameter."""

    place: float  # share of the way along its branch
    value: float
    a: float
    b: float
    sse: float
    sxx: float  # sum of squares of x about its mean
    mean_x: float


def profile_fit(branches: Sequence[Branch], y: Sequence[float]) -> Fitted:
    """The best fit over all branches. `y` must vary, and hold more points than there are parameters."""
    grids = [[_line(branch, place / _GRID, y) for place in range(_GRID + 1)] for branch in branches]
    refined = [_refined(branch, grid, y) for branch, grid in zip(branches, grids, strict=True)]
    best = min(refined, key=lambda found: found.sse)
    freedom = len(y) - PARAMETERS
    allowed = best.sse * (1 + _t(freedom) ** 2 / freedom)
    inside = []
    for branch, grid, own in zip(branches, grids, refined, strict=True):
        lines = sorted([*grid, own], key=lambda found: found.place)
        inside += _inside(branch, lines, y, allowed)
    values = [found.value for found in inside]
    places = [found.place for found in inside]
    return Fitted(
        value=best.value,
        a=best.a,
        b=best.b,
        sse=best.sse,
        value_interval=(min(values), max(values)),
        a_interval=_profile(inside, allowed, lambda found: (found.a, found.sxx)),
        b_interval=_profile(inside, allowed, lambda found: (found.b, _weight_of_b(found, len(y)))),
        open=min(places) <= _EDGE or max(places) >= 1 - _EDGE,
    )


def r_squared(said: Sequence[float], y: Sequence[float]) -> float:
    """1 - residual / total sum of squares."""
    mean = sum(y) / len(y)
    total = sum((value - mean) ** 2 for value in y)
    return 1 - sum((one - other) ** 2 for one, other in zip(said, y, strict=True)) / total


def _line(branch: Branch, place: float, y: Sequence[float]) -> _Line:
    value = branch.value(place)
    x, n = branch.x(value), len(y)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    sxx = sum((one - mean_x) ** 2 for one in x)
    sxy = sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True))
    a = sxy / sxx
    b = mean_y - a * mean_x
    sse = sum((other - a * one - b) ** 2 for one, other in zip(x, y, strict=True))
    return _Line(place, value, a, b, sse, sxx, mean_x)


def _refined(branch: Branch, grid: Sequence[_Line], y: Sequence[float]) -> _Line:
    """Golden section between the neighbours of the grid's best place."""
    at = min(range(len(grid)), key=lambda index: grid[index].sse)
    low, high = grid[max(0, at - 1)].place, grid[min(len(grid) - 1, at + 1)].place
    golden = (sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _line(branch, left, y).sse <= _line(branch, right, y).sse:
            high = right
        else:
            low = left
    found = _line(branch, (low + high) / 2, y)
    return found if found.sse <= grid[at].sse else grid[at]


def _inside(branch: Branch, lines: Sequence[_Line], y: Sequence[float], allowed: float) -> list[_Line]:
    """The lines that fit hardly worse than the best, and the two ends of where they lie, found by halving."""
    kept = [place for place, found in enumerate(lines) if found.sse <= allowed]
    if not kept:
        return []
    ends = []
    for last, beyond in ((kept[0], kept[0] - 1), (kept[-1], kept[-1] + 1)):
        if 0 <= beyond < len(lines):
            within, outside = lines[last].place, lines[beyond].place
            for _ in range(40):
                middle = (within + outside) / 2
                if _line(branch, middle, y).sse <= allowed:
                    within = middle
                else:
                    outside = middle
            ends.append(_line(branch, within, y))
    return [*(lines[place] for place in kept), *ends]


def _profile(lines: Sequence[_Line], allowed: float, of: Callable[[_Line], tuple[float, float]]) -> Interval:
    """All values of a parameter that some line allows. `of` gives its best value and its curvature:
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
