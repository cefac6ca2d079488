"""A step's groups under another reward: which of them would gain or lose their gradient.

Reads the stored rollouts, one frame a group, and runs no model. One page of groups is read at a time: the
frames of long responses are large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.paginator import Page, Paginator

from training.contract.rollout_file import GroupRecord
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import load_group
from webapp.trajectories.rules import has_signal, rewards_under

PER_PAGE = 64

Change = Literal["gains", "loses", "keeps", "none", "unknown"]
CHANGES: dict[Change, tuple[str, str, str]] = {
    "gains": ("gains its gradient", "good", "check"),
    "loses": ("loses its gradient", "bad", "cross"),
    "keeps": ("keeps its gradient", "", ""),
    "none": ("still without", "warn", "warning"),
    "unknown": ("needs a model", "", "warning"),
}
"""Label, tone and icon of the chip."""


@dataclass(frozen=True, slots=True)
class OtherRewards:
    """One group under the other rule."""

    row: RolloutGroup
    before: tuple[float, ...]  # as used in the run
    after: tuple[float, ...] | None  # None: the record does not say
    change: Change

    @property
    def label(self) -> str:
        return CHANGES[self.change][0]

    @property
    def tone(self) -> str:
        return CHANGES[self.change][1]

    @property
    def icon(self) -> str:
        return CHANGES[self.change][2]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A page of groups under the other rule."""

    groups: tuple[OtherRewards, ...]  # those whose gradient changes first
    counts: tuple[tuple[str, int], ...]  # (label, groups), in the order of CHANGES
    before: int  # groups with a gradient, as used
    after: int | None  # under the rule; None: not all of them are known
    mean_before: float
    mean_after: float | None


def what_if(run: Run, step: int, rule: str, page: str | None) -> tuple[Page[Any], Comparison]:
    """One page of a step's groups under `rule`. Raises ForesightError when a frame cannot be read."""
    rows = RolloutGroup.objects.of_run(run).of_step(step).order_by("group")
    found = Paginator(rows, PER_PAGE).get_page(page)
    return found, compare([(row, load_group(run, row)) for row in found], rule)


def compare(records: Sequence[tuple[RolloutGroup, GroupRecord]], rule: str) -> Comparison:
    """Hold groups as they were used against `rule`. Pure."""
    groups = [_other(row, record, rule) for row, record in records]
    counts = Counter(group.change for group in groups)
    known = [group.after for group in groups if group.after is not None]
    whole = len(known) == len(groups)
    order = list(CHANGES)
    return Comparison(
        groups=tuple(sorted(groups, key=lambda group: (order.index(group.change), group.row.group))),
        counts=tuple((CHANGES[change][0], counts[change]) for change in CHANGES if counts[change]),
        before=sum(has_signal(group.before) for group in groups),
        after=sum(map(has_signal, known)) if whole else None,
        mean_before=_mean([group.before for group in groups]),
        mean_after=_mean(known) if whole else None,
    )


def _other(row: RolloutGroup, record: GroupRecord, rule: str) -> OtherRewards:
    before = tuple(rollout.reward for rollout in record.rollouts)
    after = rewards_under(record, rule)
    change: Change = "unknown"
    if after is not None:
        had, has = has_signal(before), has_signal(after)
        change = ("keeps" if has else "loses") if had else ("gains" if has else "none")
    return OtherRewards(row, before, after, change)


def _mean(groups: Sequence[Sequence[float]]) -> float:
    values = [value for group in groups for value in group]
    return sum(values) / len(values) if values else 0.0
