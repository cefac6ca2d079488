"""How far two raters agree beyond chance: Cohen's kappa with its interval. Plain Python, pure.

kappa = (p_o - p_e) / (1 - p_e), p_o the share of items both call the same, p_e what their own rates give by
chance (Cohen 1960). The interval is kappa +- 1.96 standard errors after Fleiss, Cohen and Everitt (1969). Where
every item agrees that error is 0 and says nothing of a small sample: there the lower end comes from Wilson's
lower end of p_o, n / (n + 1.96^2), with p_e as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""The standard normal's 97.5 % point: an interval of 95 %."""
_ROUNDING = 1e-12  # of sums of shares


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a table of two raters' calls says."""

    n: float  # items both rated; a sum of weights where items have them
    observed: float  # share of them that both call the same
    expected: float  # that share, were both to call at random at their own rates
    kappa: float | None  # None: both use one and the same category alone, chance explains everything
    low: float | None  # 95 %
    high: float | None


def count_table(
    calls: Iterable[tuple[Hashable, Hashable]], categories: Sequence[Hashable]
) -> tuple[tuple[int, ...], ...]:
    """Counts of (first rater's, second rater's) call: rows are the first rater's, in `categories`' order.

    Raises ValueError for a call that is no category.
    """
    place = {category: index for index, category in enumerate(categories)}
    table = [[0] * len(categories) for _ in categories]
    for one, other in calls:
        if one not in place or other not in place:
            raise ValueError(f"({one!r}, {other!r}) is none of {list(categories)}")
        table[place[one]][place[other]] += 1
    return tuple(tuple(row) for row in table)


def agreement(table: Sequence[Sequence[float]]) -> Agreement | None:
    """Kappa of a square table of counts; None where nothing was rated by both.

    Args:
        table: rows the first rater's calls, columns the second's, in one order of categories. With
            weights in the place of counts kappa is that of the weighted items; the interval is then
            that of as many items as the weights sum to.

    Raises ValueError for a table that is not square or holds a negative number.
    """
    size = len(table)
    if any(len(row) != size for row in table) or any(count < 0 for row in table for count in row):
        raise ValueError("an agreement table is square and holds no negative number")
    n = sum(map(sum, table))
    if not n:
        return None
    shares = [[count / n for count in row] for row in table]
    rows = [sum(row) for row in shares]
    columns = [sum(row[at] for row in shares) for at in range(size)]
    observed = sum(shares[at][at] for at in range(size))
    expected = sum(row * column for row, column in zip(rows, columns, strict=True))
    if max(rows) * max(columns) == 1 and observed == 1:
        return Agreement(n, observed, expected, None, None, None)
    beyond = observed - expected
    kappa = beyond / (1 - expected) if abs(beyond) > _ROUNDING else 0.0
    if sum(table[at][at] for at in range(size)) == n:
        low = (n / (n + Z95**2) - expected) / (1 - expected)
        return Agreement(n, 1.0, expected, 1.0, max(-1.0, low), 1.0)
    error = _standard_error(shares, rows, columns, expected, kappa, n)
    return Agreement(
        n, observed, expected, kappa, max(-1.0, kappa - Z95 * error), min(1.0, kappa + Z95 * error)
    )


def _standard_error(
    shares: Sequence[Sequence[float]],
    rows: Sequence[float],
    columns: Sequence[float],
    expected: float,
    kappa: float,
    n: float,
) -> float:
    """Of kappa, for large samples: Fleiss, Cohen and Everitt (1969), equation 13."""
    size, rest = len(shares), 1 - kappa
    agreed = sum(shares[at][at] * (1 - (rows[at] + columns[at]) * rest) ** 2 for at in range(size))
    apart = sum(
        shares[one][other] * (columns[one] + rows[other]) ** 2
        for one in range(size)
        for other in range(size)
        if one != other
    )
    inner = agreed + rest**2 * apart - (kappa - expected * rest) ** 2
    return sqrt(inner / n) / (1 - expected) if inner > _ROUNDING else 0.0
