"""What the page of a preparation shows: the funnel, and of each stage its rules, sets and samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _
from pydantic import ValidationError

from training.contract.preparation import STAGES, dump_preparation
from training.contract.preparation_report import (
    DOCUMENTS_FILE,
    DROPPED_FILE,
    REPORT_FILE,
    Excerpt,
    PreparationReport,
    RuleCount,
    Sample,
    StageReport,
    read_report,
)
from webapp.preparations.models import Preparation

FILES = {
    DOCUMENTS_FILE: _("The documents that are left, each with its index and name in the source"),
    DROPPED_FILE: _(
        "Every dropped or changed document with its whole text and why; it holds what was masked"
    ),
    REPORT_FILE: _("The whole report; its samples show what was masked"),
}
"""What can be downloaded, and what it is."""
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {127: 0x2421}
"""Control characters as signs that are seen: a form feed is ␌."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an excerpt."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An excerpt, cut at its marks."""

    parts: tuple[Part, ...]
    before: bool  # whether text before it was left out
    after: bool


@dataclass(frozen=True, slots=True)
class SampleRow:
    sample: Sample
    shown: Shown
    other: Shown | None


@dataclass(frozen=True, slots=True)
class RuleSamples:
    """The samples of one rule."""

    rule: RuleCount
    samples: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of the funnel."""

    report: StageReport
    title: str
    share: float  # of the source's documents that are left after it
    rules: tuple[RuleSamples, ...]

    @property
    def told(self) -> bool:
        """Whether there is more to say of it than the funnel does."""
        return self.report.enabled


def page_data(preparation: Preparation) -> dict[str, Any]:
    """Everything the page draws."""
    shown: dict[str, Any] = {
        "preparation": preparation,
        "settings_yaml": dump_preparation(preparation.typed_config),
        "unreadable": False,
    }
    if not preparation.summary:
        return shown
    try:
        report = read_report(preparation.folder_path / REPORT_FILE)
    except (OSError, ValidationError):
        return shown | {"unreadable": True}
    return shown | {
        "report": report,
        "rows": [_row(stage, report) for stage in report.stages],
        "changed": sum(stage.changed for stage in report.stages),
        "files": _files(preparation.folder_path),
    }


def shown(excerpt: Excerpt) -> Shown:
    """The excerpt in pieces, those that matter marked."""
    parts: list[Part] = []
    last = 0
    for start, end in excerpt.marks:
        parts += [Part(excerpt.text[last:start], False), Part(excerpt.text[start:end], True)]
        last = end
    parts.append(Part(excerpt.text[last:], False))
    return Shown(
        tuple(Part(part.text.translate(_PICTURES), part.marked) for part in parts if part.text),
        before=excerpt.start > 0,
        after=excerpt.start + len(excerpt.text) < excerpt.whole,
    )


def _row(stage: StageReport, report: PreparationReport) -> StageRow:
    names = {rule.rule: rule for rule in stage.rules}
    rules = tuple(
        RuleSamples(names[rule], tuple(_sample(one) for one in samples))
        for rule, samples in groupby(stage.samples, key=lambda sample: sample.rule)
    )
    return StageRow(stage, STAGES[stage.stage], stage.after / max(1, report.source.documents), rules)


def _sample(sample: Sample) -> SampleRow:
    return SampleRow(sample, shown(sample.excerpt), shown(sample.other) if sample.other else None)


def _files(folder: Path) -> list[dict[str, Any]]:
    """The files that are still there."""
    return [
        {"name": name, "words": words, "bytes": (folder / name).stat().st_size}
        for name, words in FILES.items()
        if (folder / name).is_file()
    ]
