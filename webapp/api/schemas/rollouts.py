"""Steps and groups of a run, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from webapp.api.errors import INVALID, Answer
from webapp.api.schemas.common import Page, PageQuery
from webapp.runs.models import RolloutGroup
from webapp.trajectories.index.words import terms_of
from webapp.trajectories.listing import GroupRow
from webapp.trajectories.models import Mark
from webapp.trajectories.rollout_filters import LONGEST_QUERY, RolloutFilters
from webapp.trajectories.rollout_rows import RolloutRow
from webapp.trajectories.what_if import Comparison

Reason = Literal[
    "", "match", "boundary_miss", "mismatch", "empty", "no_box", "no_think_end", "unbalanced", "truncated",
    "no_prediction", "too_short", "copied", "malformed",
]  # fmt: skip
Kind = Literal["token", "asr", "msr", "problem"]
GroupSort = Literal["group", "worst", "best", "entropy", "length"]
Rule = Literal["prefix", "first_token", "dense", "conditional_dense"]
Where = Literal["", "context", "truth", "prediction", "response"]
Miss = Literal[
    "", "no_answer", "hit", "off_boundary", "past", "whitespace", "form", "diverged", "shared", "wrong",
]  # fmt: skip
Pattern = Literal[
    "", "any", "transition", "reflection", "breakdown", "hypothesis", "divergent", "deduction",
]  # fmt: skip
Marked = Literal["", "starred", "noted", "any"]
RolloutSort = Literal["newest", "oldest", "worst", "best", "advantage", "longest", "shortest", "hardest"]


class GroupQuery(PageQuery):
    """Which groups of a step, in which order."""

    reason: Reason = Field("", description="Groups with at least one rollout that was judged so.")
    effective: bool = Field(False, description="Only groups whose rewards are not all equal.")
    sort: GroupSort = "group"
    kind: Literal["", "token", "asr", "msr", "problem"] = Field("", description="Only tasks of this kind.")


class RuleQuery(PageQuery):
    rule: Rule = Field(description="The other reward.")


class ExportQuery(Schema):
    first: int = Field(0, ge=0, description="The first step.")
    last: int | None = Field(None, ge=0, description="The last step; the newest where it is left out.")
    reason: Reason = Field("", description="Only rollouts that were judged so.")
    tokens: bool = Field(False, description="Adds each response's token ids, texts and log-probs.")


class RolloutChoice(Schema):
    """Which rollouts of a run, in which order: as on the page of all rollouts."""

    q: str = Field(
        "",
        max_length=LONGEST_QUERY,
        description='Words that all must occur; `"a phrase"`, `begin*`. Case and punctuation do not count.',
    )
    where: Where = Field("", description="The text that holds the words; empty: any of them.")
    first: int | None = Field(None, ge=0, description="The first step.")
    last: int | None = Field(None, ge=0, description="The last step.")
    reward_min: float | None = Field(None, description="The lowest reward.")
    reward_max: float | None = Field(None, description="The highest reward.")
    entropy_min: float | None = Field(None, description="The lowest entropy of the position, nats.")
    entropy_max: float | None = Field(None, description="The highest entropy of the position, nats.")
    length_min: int | None = Field(None, ge=0, description="The shortest response, tokens.")
    length_max: int | None = Field(None, ge=0, description="The longest response, tokens.")
    kind: Literal["", "token", "asr", "msr", "problem"] = Field("", description="Only tasks of this kind.")
    reason: Reason = Field("", description="Only rollouts that were judged so.")
    miss: Miss = Field(
        "", description="Only this class of the prefix ruler; next-token tasks alone have one."
    )
    pattern: Pattern = Field("", description="Only responses that show this reasoning pattern, or any.")
    marked: Marked = Field("", description="Only what you starred or wrote a note on; a group's mark counts.")
    sort: RolloutSort = "newest"

    def filters(self) -> RolloutFilters:
        """Raises Answer where nothing of `q` can be searched."""
        if self.q.strip() and not terms_of(self.q):
            remedy = "Type at least one letter or digit."
            raise Answer("Signs alone are not searched.", status=INVALID, field="q", remedy=remedy)
        return RolloutFilters(**self.model_dump(include=set(RolloutChoice.model_fields)))


class RolloutQuery(RolloutChoice, PageQuery):
    """The same, and which page of them."""


class SelectionQuery(RolloutChoice):
    id: list[int] = Field(
        [], description="These rollouts, by their `id`, in this order, whatever else is asked for."
    )
    tokens: bool = Field(True, description="With each response's token ids, texts and log-probs.")


class StepOut(Schema):
    """A step with its rollouts."""

    step: int
    attempt: int
    groups: int
    rollouts: int
    hit_rate: float = Field(description="Mean reward.")
    mean_length: float = Field(description="Response tokens.")


class GroupOut(Schema):
    """A group, as a list shows it: one context and what became of its rollouts."""

    step: int
    group: int
    attempt: int
    kind: Kind = Field(description="Next token (RPT), next or masked segment (RLPT), problem (RLVR).")
    document: int
    byte_start: int = Field(description="Of the target in the document's UTF-8 bytes.")
    entropy: float = Field(description="Nats, of the scan; 0 where no position was scored.")
    context_tail: str
    truth: str = Field(description="The start of what is true: continuation, segment or answer.")
    mean_reward: float
    samples: int
    hits: int
    mean_length: float
    effective: bool = Field(description="Its rewards are not all equal.")
    misses: dict[str, int] = Field({}, description="Why rollouts earned nothing, in words -> how many.")


class OtherRewardsOut(Schema):
    """One group under another reward."""

    group: int
    before: tuple[float, ...]
    after: tuple[float, ...] | None = Field(description="Null where the stored record does not say.")
    change: Literal["gains", "loses", "keeps", "none", "unknown"] = Field(description="Of its gradient.")


class WhatIf(Schema):
    """A page of a step's groups under another reward, 64 a page."""

    rule: str
    used: str = Field(description="The reward of the run.")
    groups: list[OtherRewardsOut]
    before: int = Field(description="Groups of this page with a gradient, as used.")
    after: int | None
    mean_before: float
    mean_after: float | None
    page: int
    pages: int
    total: int


class RolloutOut(Schema):
    """A rollout, as a list shows it."""

    id: int = Field(description="For the export of a selection.")
    step: int
    group: int
    sample: int
    attempt: int
    kind: Kind
    reward: float
    advantage: float
    length: int = Field(description="Response tokens.")
    entropy: float = Field(description="Of the position, nats; 0 where no position was scored.")
    reason: str = Field(description="How it was judged.")
    miss: str | None = Field(description="Its class of the prefix ruler; null where bytes do not count.")
    patterns: list[str] = Field(description="Reasoning patterns that its response shows.")
    prediction: str = Field(description="The start of the prediction; empty where there is none.")
    context_tail: str
    truth: str
    starred: bool
    note: str


class RolloutPage(Page[RolloutOut]):
    """A page of rollouts, 50 each."""

    more: bool = Field(description="There are more than `total`: those are what can be paged through.")
    newest_only: bool = Field(description="The order is among the newest `total` alone.")
    indexed_step: int = Field(description="The newest step that is searched.")
    behind: bool = Field(description="Newer rollouts are being indexed.")
    unreadable: int = Field(description="Groups that are not searched: their files are gone or damaged.")


class MarkIn(Schema):
    """What is left out or null stays as it is."""

    sample: int | None = Field(None, ge=0, description="The rollout; null: its group as a whole.")
    starred: bool | None = None
    note: str | None = Field(None, description="At most 4000 characters; an empty one takes the note away.")


class MarkOut(Schema):
    """Your star and note on a rollout, or on a group as a whole."""

    step: int
    group: int
    sample: int | None
    starred: bool
    note: str
    updated: datetime


def rollout_out(row: RolloutRow) -> RolloutOut:
    facts, group = row.indexed, row.group
    return RolloutOut(
        id=facts.pk,
        step=group.step,
        group=group.group,
        sample=row.rollout.sample,
        attempt=group.attempt,
        kind=group.kind,
        reward=facts.reward,
        advantage=facts.advantage,
        length=facts.length,
        entropy=facts.entropy,
        reason=facts.reason,
        miss=row.miss.key if row.miss else None,
        patterns=list(row.patterns),
        prediction=facts.prediction,
        context_tail=group.context_tail,
        truth=group.truth,
        starred=row.starred,
        note=row.note,
    )


def mark_out(mark: Mark) -> MarkOut:
    return MarkOut(
        step=mark.group.step,
        group=mark.group.group,
        sample=mark.rollout.sample if mark.rollout else None,
        starred=mark.starred,
        note=mark.note,
        updated=mark.updated,
    )


def group_out(group: RolloutGroup, misses: tuple[tuple[str, int], ...] = ()) -> GroupOut:
    names = ("step", "group", "attempt", "kind", "document", "byte_start", "entropy", "context_tail", "truth")
    counts = ("mean_reward", "samples", "hits", "effective")
    return GroupOut(
        **{name: getattr(group, name) for name in (*names, *counts)},
        mean_length=group.mean_length or 0.0,
        misses=dict(misses),
    )


def listed_group(row: GroupRow) -> GroupOut:
    return group_out(row.group, row.reasons)


def other_rewards(found: Comparison) -> list[OtherRewardsOut]:
    return [
        OtherRewardsOut(group=one.row.group, before=one.before, after=one.after, change=one.change)
        for one in found.groups
    ]
