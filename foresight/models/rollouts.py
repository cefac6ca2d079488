"""Steps, groups and rollouts of a run, marks, checkpoints."""

from __future__ import annotations

from datetime import datetime

from foresight.models.base import Record


class StepOut(Record):
    step: int
    attempt: int
    groups: int
    rollouts: int
    hit_rate: float
    mean_length: float


class GroupOut(Record):
    """One context and what became of its rollouts."""

    step: int
    group: int
    attempt: int
    kind: str
    document: int
    byte_start: int
    entropy: float
    context_tail: str
    truth: str
    mean_reward: float
    samples: int
    hits: int
    mean_length: float
    effective: bool
    misses: dict[str, int]


class RolloutOut(Record):
    """A rollout, as a list shows it."""

    id: int
    step: int
    group: int
    sample: int
    attempt: int
    kind: str
    reward: float
    advantage: float
    length: int
    entropy: float
    reason: str
    miss: str | None
    patterns: tuple[str, ...]
    prediction: str
    context_tail: str
    truth: str
    starred: bool
    note: str


class RolloutPage(Record):
    """A page of rollouts. `more`: there are more than `total`, which can be paged through."""

    items: tuple[RolloutOut, ...]
    page: int
    pages: int
    total: int
    more: bool
    newest_only: bool
    indexed_step: int
    behind: bool
    unreadable: int


class MarkOut(Record):
    """A star and a note on a rollout, or without a sample on a group as a whole."""

    step: int
    group: int
    sample: int | None
    starred: bool
    note: str
    updated: datetime


class CheckpointFile(Record):
    path: str
    bytes: int
    sha256: str


class CheckpointOut(Record):
    """A verified checkpoint. Its files are a Hugging Face folder."""

    step: int
    attempt: int
    reference: str
    bytes: int
    weights_sha256: str
    files: tuple[CheckpointFile, ...]
    reward: float | None
    best_by: str
    score: float | None
    best: bool
    weights_only: bool
    removed: bool
    created: datetime
