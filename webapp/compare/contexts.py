"""Contexts that two runs were asked at: where one wins and the other fails.

A context is a place of a document; two runs share it where both drew rollouts at it, at whatever step. Of each
run the latest groups are looked at, so that a long run costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.contract.errors import ForesightError
from webapp.runs.models import RolloutGroup, Run

GROUPS = 20_000
"""Latest groups of each run that are looked at."""
SHOWN = 10
"""Contexts in each list."""

_Place = tuple[int, int]  # document, byte offset of the target


@dataclass(frozen=True, slots=True)
class Asked:
    """How a run did at a context the last time."""

    group: int  # RolloutGroup.pk
    step: int
    mean: float  # reward


@dataclass(frozen=True, slots=True)
class Contrast:
    """One context under both runs."""

    winner: RolloutGroup  # with its counts
    loser: RolloutGroup
    gap: float  # of the mean rewards


@dataclass(frozen=True, slots=True)
class SharedContexts:
    """What two runs make of the contexts that both were asked at."""

    shared: int
    one_better: int
    other_better: int
    one_wins: tuple[Contrast, ...]  # the widest gaps first
    other_wins: tuple[Contrast, ...]

    @property
    def equal(self) -> int:
        return self.shared - self.one_better - self.other_better


def shared_contexts(one: Run, other: Run) -> SharedContexts:
    """Lay the contexts of two runs over each other.

    Raises ForesightError for runs whose contexts are not places of the same text, or that have no groups.
    """
    for run in (one, other):
        if run.is_supervised:
            raise ForesightError(
                f"{run.name} draws no rollouts: it has no contexts.", remedy="Choose two runs that sample."
            )
    if one.experiment.corpus_id != other.experiment.corpus_id:
        raise ForesightError(
            f"{one.name} was trained on {one.experiment.corpus.name}, {other.name} on "
            f"{other.experiment.corpus.name}: their contexts are of different text.",
            remedy="Choose two runs of one corpus.",
        )
    first, second = _latest(one), _latest(other)
    both = first.keys() & second.keys()
    gaps = {place: first[place].mean - second[place].mean for place in both}
    ahead = sorted((place for place in both if gaps[place] > 0), key=lambda place: (-gaps[place], place))
    behind = sorted((place for place in both if gaps[place] < 0), key=lambda place: (gaps[place], place))
    return SharedContexts(
        shared=len(both),
        one_better=len(ahead),
        other_better=len(behind),
        one_wins=_contrasts((first[place], second[place]) for place in ahead[:SHOWN]),
        other_wins=_contrasts((second[place], first[place]) for place in behind[:SHOWN]),
    )


def _latest(run: Run) -> dict[_Place, Asked]:
    """The latest group of each context, among the run's latest groups."""
    rows = RolloutGroup.objects.of_run(run).order_by("-step", "-attempt")[:GROUPS]
    found: dict[_Place, Asked] = {}
    for document, start, group, step, mean in rows.values_list(
        "document", "byte_start", "pk", "step", "mean_reward"
    ):
        found.setdefault((document, start), Asked(group, step, mean))
    return found


def _contrasts(pairs: Iterable[tuple[Asked, Asked]]) -> tuple[Contrast, ...]:
    wanted = list(pairs)
    numbers = [asked.group for pair in wanted for asked in pair]
    groups = {group.pk: group for group in RolloutGroup.objects.filter(pk__in=numbers).with_counts()}
    return tuple(
        Contrast(groups[winner.group], groups[loser.group], winner.mean - loser.mean)
        for winner, loser in wanted
    )
