"""The settings in which runs differ, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.experiments.fields import SETTINGS, as_text, telling_section
from webapp.runs.models import Run

_OWN = ("name", "schema_version")
"""What every experiment has for itself."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not the same in all runs."""

    name: str  # dotted
    section: str  # where the title alone would say too little
    title: str
    unit: str
    values: tuple[str, ...]  # one a run, as it is typed; ABSENT where its method has no such setting


ABSENT = "–"


def settings_of(run: Run) -> dict[str, str]:
    """Every setting of a run as text, by dotted name; runs and corpora by their references, never by a path."""
    texts = {name: as_text(value) for name, value in _flat(run.experiment.config) if name not in _OWN}
    return {**texts, "data.corpus": run.experiment.corpus.name}


def differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """What differs, in the order of the schema; settings of an older schema come last."""
    found = [settings_of(run) for run in runs]
    names = list(dict.fromkeys(name for texts in found for name in texts))
    order = {name: place for place, name in enumerate(SETTINGS)}
    rows = []
    for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)):
        values = tuple(texts.get(name, ABSENT) for texts in found)
        if len(set(values)) > 1:
            setting = SETTINGS.get(name)
            section, title = (telling_section(name), setting.title) if setting else ("", name)
            rows.append(Difference(name, section, title, setting.unit if setting else "", values))
    return tuple(rows)


def grouped(runs: Sequence[Run], setting: str) -> dict[str, tuple[Run, ...]]:
    """The runs by the value of a setting, in order of appearance."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(settings_of(run).get(setting, ABSENT), []).append(run)
    return {value: tuple(members) for value, members in found.items()}


def _flat(config: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in config.items():
        rows += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return rows
