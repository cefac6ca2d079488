"""The papers' own table and figure, of the user's runs: RPT's Table 2 and RLPT's panels."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from webapp.api.operations.compare import named_runs
from webapp.api.schemas.common import replies
from webapp.api.schemas.compare import RunsQuery
from webapp.compare.overlay import run_lines
from webapp.papers.panels import panels
from webapp.papers.table2 import RunLine, StartRow, Table, tables_of

router = Router(tags=["Papers"])


class BeforeAfterOut(Schema):
    """One run of RLVR: Pass@1 on its held-out problems at step 0 and at its latest step, in intervals of 95 %."""

    run: int
    name: str
    before: tuple[float, float, float] | None = Field(description="Value, low, high; null: not measured.")
    after: tuple[float, float, float] | None
    after_step: int | None
    change: tuple[float, float, float] | None


class StartRowOut(Schema):
    """All runs that began in one way, newest first."""

    label: str
    runs: list[BeforeAfterOut]


class TableOut(Schema):
    """One problem set."""

    tasks: str = Field(description="Names the set of problems.")
    source: str
    problems: int
    asked_alike: bool
    differing: list[str] = Field(description="Settings in which the runs differ besides their start.")
    rows: list[StartRowOut]


class TablesOut(Schema):
    """A table for each problem set, the one with the most filled rows first."""

    tables: list[TableOut]
    waiting: list[int] = Field(description="Runs of RLVR that have measured nothing so far.")


class PanelLine(Schema):
    """One run's line, downsampled with its extremes kept."""

    run: int
    step: list[int]
    value: list[float]
    total: int
    sampled: bool


class PanelOut(Schema):
    """One panel: a metric over the steps."""

    key: str
    label: str
    unit: str
    lines: list[PanelLine]


@router.get("/papers/after-rlvr", response=replies(TablesOut), summary="Read Table 2")
def after_rlvr(request: HttpRequest) -> Any:
    """Before and after verifiable rewards, by what the run began with."""
    found = tables_of(request.user)
    return TablesOut(
        tables=[_table(table) for table in found.tables], waiting=[run.pk for run in found.waiting]
    )


@router.get("/papers/panels", response=replies(list[PanelOut]), summary="Read the panels")
def three_panels(request: HttpRequest, query: Query[RunsQuery]) -> Any:
    """Training reward, response length and validation of runs: `?runs=1&runs=2`. Supervised controls have none."""
    runs = [run for run in named_runs(request, query.runs) if not run.is_supervised]
    return [
        PanelOut(
            key=metric.key,
            label=metric.label,
            unit=metric.unit,
            lines=[PanelLine(run=run, **line) for run, line in run_lines(runs, metric.key).items()],
        )
        for metric in (panels(runs) if runs else ())
    ]


def _table(table: Table) -> TableOut:
    return TableOut(
        tasks=table.key,
        source=table.source,
        problems=table.problems,
        asked_alike=table.asked_alike,
        differing=list(table.differing),
        rows=[_row(row) for row in table.rows],
    )


def _row(row: StartRow) -> StartRowOut:
    return StartRowOut(label=row.label, runs=[_line(line) for line in row.lines])


def _line(line: RunLine) -> BeforeAfterOut:
    before, after = line.scores
    change = line.change
    return BeforeAfterOut(
        run=line.run.pk,
        name=line.run.name,
        before=(before.accuracy, before.low, before.high) if before else None,
        after=(after.accuracy, after.low, after.high) if after else None,
        after_step=line.after.evaluation.step if line.after else None,
        change=(change.value, change.low, change.high) if change else None,
    )
