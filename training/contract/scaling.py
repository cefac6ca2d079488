"""The scaling laws: P(C) = A / C^alpha + P* (RPT Fig. 5) and y = a exp(b x^c) (RLPT Fig. 1). Pure.

Least squares with profile intervals; how they are searched stands in `profile_fit.py`. The power law is
measured in units of the first point's x, so that A is the distance of the first point from the limit
P*: negative where accuracy rises. The exponential one is fitted in its logarithm, where it is a straight
line in x^c, so its residuals are relative ones; its x is in units of 1e9, which are RLPT's for tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log
from typing import Literal

from training.contract.profile_fit import MIN_POINTS, Branch, Interval, profile_fit, r_squared

Form = Literal["power", "exponential"]
LOWEST_ALPHA, HIGHEST_ALPHA = 0.01, 10.0
"""alpha is searched between these. At the lower end the law is a straight line in log x."""
LOWEST_C, HIGHEST_C = 0.001, 3.0
"""c is searched between these and between their negatives. At the lower end the law is a power of x."""
EXPONENTIAL_UNIT = 1e9
_LARGEST_LOG = 700.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One fitted number. `open`: its interval reaches an end of the search, so the points do not tell it."""

    name: str
    value: float
    interval: Interval  # 95 %
    open: bool = False


@dataclass(frozen=True, slots=True)
class ScalingFit:
    """A fitted law. x is in the unit of the points; inside the law it is divided by `unit`."""

    form: Form
    parameters: tuple[Parameter, Parameter, Parameter]  # A, alpha, P*, or a, b, c
    r2: float  # 1 - residual / total sum of squares of the measure itself
    unit: float
    points: int

    def at(self, x: float) -> float:
        """The law's value at x."""
        first, second, third = (one.value for one in self.parameters)
        if self.form == "power":
            return first * (x / self.unit) ** -second + third
        return _exp(log(first) + second * (x / self.unit) ** third)

    def named(self, name: str) -> Parameter:
        """One of its parameters, by its name."""
        return next(one for one in self.parameters if one.name == name)


def fit(points: Sequence[tuple[float, float]], form: Form = "power") -> ScalingFit | None:
    """Fit a law to (x, measure) points.

    Returns None where there are fewer than four different x above 0, or where the measure does not
    vary: nothing is to be fitted then. Points at x = 0 (before training) are left out: the power law has
    no value there. The exponential law also leaves out a measure of 0, which has no logarithm.
    """
    used = sorted((x, value) for x, value in points if x > 0 and (form == "power" or value > 0))
    values = [value for _, value in used]
    if len({x for x, _ in used}) < MIN_POINTS or max(values) == min(values):
        return None
    return _power(used) if form == "power" else _exponential(used)


def _power(points: Sequence[tuple[float, float]]) -> ScalingFit:
    unit = points[0][0]
    logs = [log(x / unit) for x, _ in points]
    values = [value for _, value in points]
    span = _between(LOWEST_ALPHA, HIGHEST_ALPHA)
    branch = Branch(span.value, lambda alpha: [exp(-alpha * one) for one in logs])
    found = profile_fit([branch], values)
    parameters = (
        Parameter("A", found.a, found.a_interval),
        Parameter("alpha", found.value, found.value_interval, found.open),
        Parameter("P*", found.b, found.b_interval),
    )
    return _judged(ScalingFit("power", parameters, 0.0, unit, len(points)), points)


def _exponential(points: Sequence[tuple[float, float]]) -> ScalingFit:
    logs = [log(x / EXPONENTIAL_UNIT) for x, _ in points]
    values = [log(value) for _, value in points]

    def powers(c: float) -> list[float]:
        return [_exp(c * one) for one in logs]

    span = _between(LOWEST_C, HIGHEST_C)
    found = profile_fit(
        [Branch(lambda place: -span.value(place), powers), Branch(span.value, powers)], values
    )
    low, high = found.b_interval
    parameters = (
        Parameter("a", _exp(found.b), (_exp(low), _exp(high))),
        Parameter("b", found.a, found.a_interval),
        Parameter("c", found.value, found.value_interval, found.open),
    )
    return _judged(ScalingFit("exponential", parameters, 0.0, EXPONENTIAL_UNIT, len(points)), points)


@dataclass(frozen=True, slots=True)
class _Span:
    """A range that is gone through on its logarithm."""

    low: float
    high: float

    def value(self, place: float) -> float:
        return exp(self.low + (self.high - self.low) * place)


def _between(low: float, high: float) -> _Span:
    return _Span(log(low), log(high))


def _judged(found: ScalingFit, points: Sequence[tuple[float, float]]) -> ScalingFit:
    r2 = r_squared([found.at(x) for x, _ in points], [value for _, value in points])
    return ScalingFit(found.form, found.parameters, r2, found.unit, found.points)


def _exp(value: float) -> float:
    """e^value; infinity where a float cannot hold it."""
    return exp(value) if value < _LARGEST_LOG else inf
