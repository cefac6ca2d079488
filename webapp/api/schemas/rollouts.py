"""Steps and groups of a run, as the API shows them."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from webapp.api.schemas.common import PageQuery
from webapp.runs.models import RolloutGroup
from webapp.trajectories.listing import GroupRow
from webapp.trajectories.what_if import Comparison

Reason = Literal[
    "", "match", "boundary_miss", "mismatch", "empty", "no_box", "no_think_end", "unbalanced", "truncated",
    "no_prediction", "too_short", "copied", "malformed",
]  # fmt: skip
Kind = Literal["token", "asr", "msr", "problem"]
GroupSort = Literal["group", "worst", "best", "entropy", "length"]
Rule = Literal["prefix", "first_token", "dense", "conditional_dense"]


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
