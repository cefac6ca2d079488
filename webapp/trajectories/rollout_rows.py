"""Rollouts as a list shows them: each with its class, its patterns in words and the reader's marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.index.facts import PATTERN_BITS
from webapp.trajectories.models import IndexedRollout, Mark
from webapp.trajectories.reasons import reasons_of
from webapp.trajectories.ruler import CLASSES, MissClass

_CLASSES = tuple(CLASSES.values())


@dataclass(frozen=True, slots=True)
class RolloutRow:
    indexed: IndexedRollout
    miss: MissClass | None  # None: bytes do not count for its task
    reason: str  # in words
    patterns: tuple[str, ...]
    starred: bool
    note: str
    group_starred: bool

    @property
    def rollout(self) -> Rollout:
        return self.indexed.rollout

    @property
    def group(self) -> RolloutGroup:
        return self.indexed.rollout.group

    @property
    def right(self) -> bool:
        return self.indexed.reason == "match"


def rollout_rows(run: Run, user: Any, found: Sequence[IndexedRollout]) -> list[RolloutRow]:
    """Rows of the list, in its order."""
    groups = {row.rollout.group_id for row in found}
    marks = list(Mark.objects.of(user, run).filter(group__in=groups))
    own = {mark.rollout_id: mark for mark in marks if mark.rollout_id is not None}
    starred_groups = {mark.group_id for mark in marks if mark.rollout_id is None and mark.starred}
    return [_row(row, own.get(row.pk), row.rollout.group_id in starred_groups) for row in found]


def patterns_of_bits(bits: int) -> tuple[str, ...]:
    """The patterns that the bits of an index row stand for."""
    return tuple(pattern for pattern, bit in PATTERN_BITS.items() if bits & bit)


def class_of_number(number: int) -> MissClass | None:
    """The class that the number of an index row stands for; 0 stands for none."""
    return _CLASSES[number - 1] if number else None


def _row(row: IndexedRollout, mark: Mark | None, group_starred: bool) -> RolloutRow:
    return RolloutRow(
        indexed=row,
        miss=class_of_number(row.miss),
        reason=reasons_of(row.kind).get(row.reason, row.reason),
        patterns=patterns_of_bits(row.patterns),
        starred=mark is not None and mark.starred,
        note=mark.note if mark else "",
        group_starred=group_starred,
    )
