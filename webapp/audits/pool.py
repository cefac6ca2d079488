"""The judged pairs of a run that pages look at: all of a small run, an even choice of a large one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef

from training.contract.errors import ForesightError
from training.contract.rejudge_result import CALLS, Call
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.group import load_group

CALL_OF_REASON: dict[str, Call] = {"match": "right", "mismatch": "wrong", "malformed": "malformed"}
"""Reasons that a judge gave."""
MOST_GROUPS = 400
"""Groups that are read at once: each is a frame of its own on the disk."""
MOST_BYTES = 32 * 1024 * 1024
"""Of frames, packed, that are read at once."""


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A prediction that the run's judge gave a verdict on."""

    group: GroupRecord
    rollout: RolloutRecord
    call: Call

    @property
    def key(self) -> tuple[int, int, int]:
        """Its place in the run: step, group, sample."""
        return self.group.step, self.group.group, self.rollout.sample

    @property
    def predicted(self) -> str:
        return (self.rollout.prediction_bytes or b"").decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class Pool:
    """The pairs that were read, and of how much."""

    pairs: tuple[JudgedPair, ...]
    groups: int  # read
    of_groups: int  # of the run, with at least one judged pair


def current_groups(run: Run) -> Any:
    """The run's groups, of several attempts at a step those of the latest."""
    later = RolloutGroup.objects.filter(run=run, step=OuterRef("step"), attempt__gt=OuterRef("attempt"))
    return RolloutGroup.objects.of_run(run).filter(~Exists(later))


def call_counts(run: Run) -> dict[Call, int]:
    """How often the judge said what, over the whole run."""
    rows = Rollout.objects.filter(group__in=current_groups(run), reason__in=CALL_OF_REASON)
    found: defaultdict[Call, int] = defaultdict(int)
    for reason, count in rows.order_by().values_list("reason").annotate(Count("pk")):
        found[CALL_OF_REASON[reason]] += count
    return {call: found[call] for call in CALLS}


def read_pool(run: Run) -> Pool:
    """The judged pairs of the run, or of groups chosen by chance where it has too many to read.

    The choice is the same for the same groups. Groups whose file is gone are passed over.
    """
    judged = current_groups(run).filter(rollouts__reason__in=CALL_OF_REASON).distinct()
    keys = list(judged.order_by("step", "group").values_list("pk", flat=True))
    chosen = random.Random(run.pk).sample(keys, min(len(keys), MOST_GROUPS))
    rows = RolloutGroup.objects.in_bulk(chosen)
    pairs: list[JudgedPair] = []
    read = size = 0
    for row in (rows[key] for key in chosen):
        size += row.length
        if size > MOST_BYTES and read:
            break
        try:
            record = load_group(run, row)
        except ForesightError:
            continue
        read += 1
        pairs += judged_pairs(record)
    return Pool(tuple(sorted(pairs, key=lambda pair: pair.key)), read, len(keys))


def judged_pairs(record: GroupRecord) -> Iterator[JudgedPair]:
    """The rollouts of a group that a judge gave a verdict on."""
    for rollout in record.rollouts:
        call = CALL_OF_REASON.get(rollout.reason)
        if call is not None and record.references:
            yield JudgedPair(record, rollout, call)
