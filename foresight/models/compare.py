"""Runs side by side."""

from __future__ import annotations

from typing import Any

from foresight.models.base import Record


class SettingOut(Record):
    name: str
    title: str
    unit: str
    values: tuple[str, ...]


class FinalOut(Record):
    key: str
    label: str
    unit: str
    values: tuple[float | None, ...]


class Compared(Record):
    """Runs side by side."""

    runs: tuple[int, ...]
    window: int
    settings: tuple[SettingOut, ...]
    finals: tuple[FinalOut, ...]
    scores: tuple[dict[str, Any], ...]
    refusal: str
    unmeasured: tuple[int, ...]


class FiguresOut(Record):
    mean: float
    signal: float
    rank: int | None


class UnderRulesRow(Record):
    """One run under two rewards."""

    run: int
    used: str
    groups: int
    read: int
    unknown: int
    gains: int
    loses: int
    than: FiguresOut | None
    rule: FiguresOut | None


class UnderRulesOut(Record):
    first: int
    last: int
    unlike: str
    rows: tuple[UnderRulesRow, ...]
    changed: tuple[dict[str, Any], ...]


class ContextsOut(Record):
    """Contexts that two runs were both asked at."""

    shared: int
    one_better: int
    other_better: int
    one_wins: tuple[dict[str, Any], ...]
    other_wins: tuple[dict[str, Any], ...]


class GroupLine(Record):
    """The mean of a group's runs at each step, and one standard deviation around it."""

    label: str
    runs: int
    step: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    count: tuple[int, ...]
    sampled: bool


class GroupsOut(Record):
    groups: tuple[GroupLine, ...]
