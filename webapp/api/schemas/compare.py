"""Runs side by side, as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from webapp.api.schemas.rollouts import Rule
from webapp.compare.contexts import Contrast
from webapp.compare.finals import Final
from webapp.compare.scores import ScoreTable
from webapp.compare.settings_diff import Difference
from webapp.compare.what_if import ChangedGroup, Figures, RunUnderRules
from webapp.compare.what_if import Comparison as UnderRules


class RunsQuery(Schema):
    """Which runs."""

    runs: list[Annotated[int, Field(lt=2**63)]] = Field(
        [], max_length=20, description="Their numbers; the first is what others are held against."
    )


class WhatIfQuery(RunsQuery):
    rule: Rule = Field("first_token", description="The other reward.")
    than: Rule | Literal["used"] = Field(
        "used", description="Beside which; `used`: what each run was trained with."
    )
    first: int | None = Field(None, ge=0, lt=2**31, description="From this step; the last ten that all have.")
    last: int | None = Field(None, ge=0, lt=2**31, description="To this step.")


class GroupsQuery(RunsQuery):
    key: str = Field("reward/mean", max_length=200, description="The metric.")
    setting: str = Field(
        "optimisation.learning_rate", max_length=120, description="Runs with the same value make a group."
    )
    first: int | None = Field(None, ge=0, lt=2**31, description="From this step on.")
    last: int | None = Field(None, ge=0, lt=2**31, description="To this step.")


class GroupLine(Schema):
    """The mean of a group's runs at each step, and one standard deviation around it."""

    label: str = Field(description="The setting's value.")
    runs: int = Field(description="Those that have the metric at all.")
    step: list[int]
    mean: list[float]
    low: list[float]
    high: list[float]
    count: list[int] = Field(description="Runs behind each point; with one there is no band.")
    sampled: bool


class GroupsOut(Schema):
    """Groups of runs, in the order of the request."""

    groups: list[GroupLine]


class SettingOut(Schema):
    """A setting that is not the same in all runs."""

    name: str
    title: str
    unit: str
    values: list[str] = Field(description="One a run; – where its method has no such setting.")


class FinalOut(Schema):
    """The mean of a metric over each run's last steps."""

    key: str
    label: str
    unit: str
    values: list[float | None]


class ScoreCell(Schema):
    """A held-out share, with how it differs from the first run's; intervals of 95 %."""

    label: str
    accuracy: float
    low: float
    high: float
    n: int
    delta: float | None
    delta_low: float | None
    delta_high: float | None


class ScoreRowOut(Schema):
    run: int
    step: int
    scores: list[ScoreCell]


class ScoreSet(Schema):
    """Runs that were measured on one and the same set: others are never compared."""

    what: str
    size: int
    alike: bool = Field(description="All were asked and judged in the same way.")
    rows: list[ScoreRowOut]


class Compared(Schema):
    """Runs side by side."""

    runs: list[int]
    window: int = Field(description="Steps that the finals are means of.")
    settings: list[SettingOut] = Field(description="Only those that differ.")
    finals: list[FinalOut]
    scores: list[ScoreSet]
    refusal: str = Field(description="Why the scores do not stand in one table; empty where they do.")
    unmeasured: list[int]


class FiguresOut(Schema):
    mean: float
    signal: float = Field(description="Share of groups whose rewards differ.")
    rank: int | None = Field(
        description="1: the highest mean; null where the runs were asked about different text."
    )


class UnderRulesRow(Schema):
    """One run under two rewards, over the groups that both could judge."""

    run: int
    used: str
    groups: int = Field(description="In the range.")
    read: int = Field(description="Taken evenly where the range is long.")
    unknown: int = Field(description="Of those read: the record lacks what the reward asks for.")
    gains: int
    loses: int
    than: FiguresOut | None
    rule: FiguresOut | None


class ChangedOut(Schema):
    """A group under both rewards."""

    run: int
    step: int
    group: int
    before: list[float]
    after: list[float]


class UnderRulesOut(Schema):
    """Runs under two rewards, judged anew from stored rollouts."""

    first: int
    last: int
    unlike: str = Field(description="Why the runs are not ranked; empty where they are.")
    rows: list[UnderRulesRow]
    changed: list[ChangedOut] = Field(description="The groups whose rewards change most.")


class ContrastOut(Schema):
    """One context under both runs: the step and group of each, and the gap of their mean rewards."""

    truth: str
    winner_step: int
    winner_group: int
    loser_step: int
    loser_group: int
    gap: float


class ContextsOut(Schema):
    """Contexts that two runs were both asked at."""

    shared: int
    one_better: int
    other_better: int
    one_wins: list[ContrastOut]
    other_wins: list[ContrastOut]


def setting_out(row: Difference) -> SettingOut:
    return SettingOut(name=row.name, title=row.title, unit=row.unit, values=list(row.values))


def final_out(row: Final) -> FinalOut:
    metric = row.metric
    return FinalOut(key=metric.key, label=metric.label, unit=metric.unit, values=list(row.values))


def score_set(table: ScoreTable) -> ScoreSet:
    rows = []
    for row in table.rows:
        cells = [
            ScoreCell(
                label=label,
                accuracy=cell.score.accuracy,
                low=cell.score.low,
                high=cell.score.high,
                n=cell.score.n,
                delta=cell.delta.value if cell.delta else None,
                delta_low=cell.delta.low if cell.delta else None,
                delta_high=cell.delta.high if cell.delta else None,
            )
            for label, cell in zip(table.labels, row.cells, strict=True)
            if cell.score is not None
        ]
        rows.append(ScoreRowOut(run=row.run.pk, step=row.step, scores=cells))
    return ScoreSet(what=table.what, size=table.size, alike=table.alike, rows=rows)


def under_rules_out(found: UnderRules) -> UnderRulesOut:
    return UnderRulesOut(
        first=found.first,
        last=found.last,
        unlike=str(found.unlike),
        rows=[_row(row) for row in found.rows],
        changed=[_changed(one) for one in found.changed],
    )


def _row(row: RunUnderRules) -> UnderRulesRow:
    names = ("used", "groups", "read", "unknown", "gains", "loses")
    return UnderRulesRow(
        run=row.run.pk,
        **{name: getattr(row, name) for name in names},
        than=_figures(row.than),
        rule=_figures(row.rule),
    )


def _figures(found: Figures | None) -> FiguresOut | None:
    return FiguresOut(mean=found.mean, signal=found.signal, rank=found.rank) if found else None


def _changed(one: ChangedGroup) -> ChangedOut:
    return ChangedOut(
        run=one.run.pk,
        step=one.row.step,
        group=one.row.group,
        before=list(one.before),
        after=list(one.after),
    )


def contrast_out(one: Contrast) -> ContrastOut:
    return ContrastOut(
        truth=one.winner.truth,
        winner_step=one.winner.step,
        winner_group=one.winner.group,
        loser_step=one.loser.step,
        loser_group=one.loser.group,
        gap=one.gap,
    )
