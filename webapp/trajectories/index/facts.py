"""What a group's record says of its rollouts, as rows of the index. Pure; reads and writes nothing."""

from __future__ import annotations

from training.contract.patterns import KEYWORDS, patterns_in
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import Rollout, RolloutGroup
from webapp.trajectories.index.text import Entry
from webapp.trajectories.models import PREDICTION_SHOWN, IndexedRollout
from webapp.trajectories.ruler import CLASSES, class_of

PATTERN_BITS: dict[str, int] = {pattern: 1 << place for place, pattern in enumerate(KEYWORDS)}
MISS_NUMBERS: dict[str, int] = {key: place for place, key in enumerate(CLASSES, start=1)}
"""As the classes are numbered; 0 stands for none."""
OF_BYTES = "token"
"""The kind of task whose predictions are compared byte by byte."""


def facts_of(
    row: RolloutGroup, rollout: Rollout, record: GroupRecord, found: RolloutRecord
) -> IndexedRollout:
    """A rollout's row of the index; `found` is its part of the record."""
    return IndexedRollout(
        rollout=rollout,
        run_id=row.run_id,
        step=row.step,
        reward=rollout.reward,
        advantage=rollout.advantage,
        length=rollout.length,
        entropy=row.entropy,
        kind=row.kind,
        reason=rollout.reason,
        miss=_miss(record, found),
        patterns=sum(PATTERN_BITS[pattern] for pattern in patterns_in(found.response)),
        prediction=_storable(found.prediction or "")[:PREDICTION_SHOWN],
    )


def group_entry(row: RolloutGroup, record: GroupRecord) -> Entry:
    return Entry(row.pk, (record.context, record.truth))


def rollout_entry(rollout: Rollout, found: RolloutRecord) -> Entry:
    return Entry(rollout.pk, (found.prediction or "", found.response))


def _miss(record: GroupRecord, found: RolloutRecord) -> int:
    if record.kind != OF_BYTES:
        return 0
    key = class_of(found.prediction_bytes, record.truth.encode(), record.boundaries, found.reason)
    return MISS_NUMBERS[key]


def _storable(text: str) -> str:
    """Text as PostgreSQL takes it: without NUL."""
    return text.replace("\0", "�")
