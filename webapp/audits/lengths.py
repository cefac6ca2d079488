"""What the judge says of predictions, by their length. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from training.contract.rejudge_result import Call

EDGES = (1, 21, 41, 81, 161, 321, 641)
"""Where a bin of lengths begins, in characters: each holds predictions twice as long as the one before."""


@dataclass(frozen=True, slots=True)
class LengthBin:
    """Predictions of some length."""

    label: str  # in characters
    right: int
    wrong: int
    malformed: int

    @property
    def count(self) -> int:
        return self.right + self.wrong + self.malformed

    @property
    def right_share(self) -> float | None:
        """None: no prediction is so long."""
        return self.right / self.count if self.count else None


def length_bins(pairs: Iterable[tuple[int, Call]]) -> tuple[LengthBin, ...]:
    """Bins of (length in characters, call), from the first to the last that holds any."""
    counts = [{"right": 0, "wrong": 0, "malformed": 0} for edge in EDGES]
    for length, call in pairs:
        place = max((at for at, edge in enumerate(EDGES) if edge <= length), default=0)
        counts[place][call] += 1
    used = [at for at, found in enumerate(counts) if sum(found.values())]
    if not used:
        return ()
    return tuple(LengthBin(_label(at), **counts[at]) for at in range(used[0], used[-1] + 1))


def _label(at: int) -> str:
    return (
        _("{low} to {high}").format(low=EDGES[at], high=EDGES[at + 1] - 1)
        if at + 1 < len(EDGES)
        else _("{low} and more").format(low=EDGES[at])
    )
