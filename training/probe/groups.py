"""From the rewards of probed groups to shares per entropy bin and a recommended band. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.contract.probe_result import BIN_WIDTH, ProbeBand, ProbeBin
from training.evaluation.intervals import wilson

MINIMUM_GROUPS = 8
"""Probed groups that a recommended band must hold: fewer say too little."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one probed position gave."""

    entropy: float  # nats
    rewards: tuple[float, ...]  # one per rollout


def bin_of(entropy: float) -> int:
    """The place of the bin that holds an entropy (nats): 0 for [0, 0.5), 1 for [0.5, 1.0) ..."""
    return int(entropy // BIN_WIDTH)


def chance_mixed(rewards: Sequence[float], group_size: int) -> float:
    """The chance that `group_size` of these rollouts, drawn without return, do not all earn the same.

    With as many rollouts as the group has this is 1 or 0. With fewer it is that of the rollouts there
    are, which is the least it can be: a larger group is mixed whenever a smaller one is.
    """
    drawn = min(group_size, len(rewards))
    equal = sum(math.comb(count, drawn) for count in Counter(rewards).values())
    return 1.0 - equal / math.comb(len(rewards), drawn)


def make_bins(
    selected: Sequence[float], outcomes: Sequence[Outcome], group_size: int
) -> tuple[ProbeBin, ...]:
    """Count the probed groups of each bin, from the lowest bin with a selected position to the highest.

    Args:
        selected: entropies of all selected positions, probed or not, nats.
        outcomes: the probed ones.
        group_size: rollouts of a group in the experiment.
    """
    population = Counter(bin_of(entropy) for entropy in selected)
    probed: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        probed.setdefault(bin_of(outcome.entropy), []).append(outcome)
    places = range(min(population), max(population) + 1)
    return tuple(_bin(place, population[place], probed.get(place, []), group_size) for place in places)


def _bin(place: int, positions: int, outcomes: Sequence[Outcome], group_size: int) -> ProbeBin:
    rewards = [reward for outcome in outcomes for reward in outcome.rewards]
    mixed = sum(len(set(outcome.rewards)) > 1 for outcome in outcomes)
    all_zero = sum(not any(outcome.rewards) for outcome in outcomes)
    chances = [chance_mixed(outcome.rewards, group_size) for outcome in outcomes]
    return ProbeBin(
        low=place * BIN_WIDTH,
        high=(place + 1) * BIN_WIDTH,
        positions=positions,
        groups=len(outcomes),
        all_zero=all_zero,
        mixed=mixed,
        all_one=len(outcomes) - mixed - all_zero,
        reward=sum(rewards) / len(rewards) if rewards else None,
        expected_mixed=sum(chances) / len(chances) if chances else None,
        interval=wilson(min(sum(chances), len(chances)), len(chances)) if chances else None,
    )


def join_bins(bins: Sequence[ProbeBin], contexts_per_step: int) -> ProbeBand:
    """Neighbouring bins as one band; bins in which nothing was probed count with neither share nor weight.

    Raises ValueError when nothing was probed in any of them.
    """
    measured = [(one.expected_mixed, one.positions) for one in bins if one.expected_mixed is not None]
    weight = sum(positions for _, positions in measured)
    if not weight:
        raise ValueError("nothing was probed in these bins")
    share = sum(mixed * positions for mixed, positions in measured) / weight
    return ProbeBand(
        low=bins[0].low,
        high=bins[-1].high,
        positions=sum(one.positions for one in bins),
        groups=sum(one.groups for one in bins),
        expected_mixed=share,
        effective_groups=share * contexts_per_step,
    )


def recommend(
    bins: Sequence[ProbeBin],
    contexts_per_step: int,
    minimum_positions: int,
    minimum_groups: int = MINIMUM_GROUPS,
) -> ProbeBand | None:
    """The neighbouring bins with the highest expected share of mixed groups.

    Only bands with enough positions and probed groups, whose every populated bin was probed. Of equal
    shares the band with more positions is taken, then the one of lower entropy. None where there is none.
    """
    found = []
    for first in range(len(bins)):
        for last in range(first, len(bins)):
            part = bins[first : last + 1]
            if any(one.positions and not one.groups for one in part):
                break
            if not (part[0].positions and part[-1].positions):
                continue
            band = join_bins(part, contexts_per_step)
            if band.positions >= minimum_positions and band.groups >= minimum_groups:
                found.append(band)
    return min(
        found, key=lambda band: (-round(band.expected_mixed, 12), -band.positions, band.low), default=None
    )


def positions_needed(contexts: int, contexts_per_step: int, selected: int) -> int:
    """How many positions a recommended band must hold.

    What the run asks for, but at most half of those selected (each may be used again) and at least one
    step's.
    """
    return max(contexts_per_step, min(contexts, selected // 2))
