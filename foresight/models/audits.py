"""Judges of runs, samples of what they judged, runs judged again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foresight.models.base import Record
from foresight.models.jobs import JobState, Progress


class JudgeOut(Record):
    """The judge of a run and what it said of the predictions."""

    judge: dict[str, Any]
    rule: str
    judged: int
    counts: dict[str, int]
    lengths: tuple[dict[str, Any], ...]
    groups: int
    of_groups: int


class RatersOut(Record):
    """How far two who judged the same pairs agree."""

    one: str
    other: str
    table: tuple[tuple[int, ...], ...]  # rows: right and wrong of `one`
    pairs: int
    observed: float | None
    kappa: float | None
    low: float | None
    high: float | None
    whole: float | None


class AuditOut(Record):
    """A sample of a run's judged pairs, and how far you and the judge agree on it."""

    id: int
    run: int
    number: int
    judged: int
    pairs: int
    answered: int
    skipped: int
    with_judge: RatersOut
    others: tuple[RatersOut, ...]
    created: datetime


class InvitationOut(Record):
    """What lets another person judge a sample: the secret, and the link it ends."""

    audit: int
    invitation: str
    url: str


class PairOut(Record):
    """A judged pair, without what the judge said."""

    place: int
    kind: str
    rule: str
    context: str
    following: str
    reference: str
    predicted: str


class NextPair(Record):
    pair: PairOut | None
    left: int


class AnsweredPair(PairOut):
    step: int
    group: int
    sample: int
    call: str  # the judge's: right, wrong or malformed
    reply: str
    judge: str
    answer: str  # yours


class RejudgingOut(Record):
    """A run that is judged again."""

    id: int
    run: int
    rule: str
    judge: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool
    created: datetime


class RejudgingDetail(RejudgingOut):
    result: dict[str, Any] | None
    judges: RatersOut | None


class Flip(Record):
    """A prediction whose reward is another one now."""

    step: int
    group: int
    sample: int
    kind: str
    before: str
    after: str
    predicted: str
    reply: str
