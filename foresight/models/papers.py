"""The papers' own views of runs: Table 2 and the three panels."""

from __future__ import annotations

from foresight.models.base import Record


class BeforeAfterOut(Record):
    """One run of RLVR; shares are (value, low, high)."""

    run: int
    name: str
    before: tuple[float, float, float] | None
    after: tuple[float, float, float] | None
    after_step: int | None
    change: tuple[float, float, float] | None


class StartRowOut(Record):
    label: str
    runs: tuple[BeforeAfterOut, ...]


class TableOut(Record):
    tasks: str
    source: str
    problems: int
    asked_alike: bool
    differing: tuple[str, ...]
    rows: tuple[StartRowOut, ...]


class TablesOut(Record):
    """Table 2 for each problem set."""

    tables: tuple[TableOut, ...]
    waiting: tuple[int, ...]


class PanelLine(Record):
    run: int
    step: tuple[int, ...]
    value: tuple[float, ...]
    total: int
    sampled: bool


class PanelOut(Record):
    key: str
    label: str
    unit: str
    lines: tuple[PanelLine, ...]
