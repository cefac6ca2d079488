"""The difference of two shares with an interval. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Delta:
    """One share minus another."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out that they are equal."""
        return self.low > 0 or self.high < 0


def delta(one: Share, other: Share) -> Delta:
    """`one` minus `other`, by Newcombe's hybrid score interval, of the shares' own Wilson intervals.

    It takes the two for independent. Answers at the same positions are alike, so that it is rather too wide.
    """
    value = one.value - other.value
    return Delta(
        value,
        value - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2),
        value + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2),
    )
