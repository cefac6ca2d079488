"""Evaluations as tables and curves: what a page is given. Pure but for the rows it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypeVar

from django.utils.translation import gettext_noop as _

from training.contract.difficulty import THRESHOLDS
from training.contract.patterns import KEYWORDS, relative_change
from webapp.evaluations.models import Evaluation, Measurement, Score
from webapp.runs.models import Run
from webapp.words.sentences import translated

SPLITS = tuple(THRESHOLDS)
MODES = ("standard", "reasoning")
Measured = TypeVar("Measured", bound=Measurement)
MODE_LABELS = {"standard": _("Without a thought"), "reasoning": _("After a thought")}


@dataclass(frozen=True, slots=True)
class Row:
    """One evaluation in a table: its scores in the order standard easy, medium, hard, reasoning easy ..."""

    evaluation: Evaluation
    cells: tuple[Score | None, ...]  # None: not measured, or the split has no position

    def score(self, mode: str, split: str) -> Score | None:
        return self.cells[MODES.index(mode) * len(SPLITS) + SPLITS.index(split)]

    def mean(self, mode: str) -> float | None:
        """The mean of the splits' accuracies (Fig. 4); None unless all were measured."""
        found = [score for split in SPLITS if (score := self.score(mode, split)) is not None]
        return fmean(score.accuracy for score in found) if len(found) == len(SPLITS) else None

    @property
    def reasoning(self) -> Score | None:
        """The reasoning score of all positions: those of the easy split hold the others."""
        return self.score("reasoning", "easy")


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A reasoning pattern: its share of responses then and now."""

    name: str
    keywords: str
    base: float
    now: float
    change: float | None  # relative; None: the base shows none


def row_of(evaluation: Evaluation) -> Row:
    """Reads the evaluation's scores, which a query may have fetched along."""
    found = {(score.mode, score.split): score for score in evaluation.scores.all()}
    return Row(evaluation, tuple(found.get((mode, split)) for mode in MODES for split in SPLITS))


def run_rows(run: Run) -> list[Row]:
    """The evaluations that a run made and that still hold, by rising step."""
    return [row_of(one) for one in current(Evaluation.objects.of_a_run(run).done().with_scores())]


def current(evaluations: Iterable[Measured]) -> list[Measured]:
    """Without those that a later attempt replaced: it began again at a checkpoint, and from the first step
    it evaluated on, what earlier attempts found is of weights that are no more. By rising step."""
    rows = sorted(evaluations, key=lambda one: (one.attempt, one.step))
    first = {one.attempt: one.step for one in reversed(rows)}
    kept = [
        one
        for one in rows
        if all(one.step < start for attempt, start in first.items() if attempt > one.attempt)
    ]
    return sorted(kept, key=lambda one: one.step)


def curves(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Accuracy over the steps for the chart: one curve for each mode and split that was measured."""
    found = []
    for mode in MODES:
        for split in SPLITS:
            scores = [(row.evaluation.step, score) for row in rows if (score := row.score(mode, split))]
            if scores:
                found.append(
                    {
                        "mode": mode,
                        "split": split,
                        "label": f"{split}, {translated(MODE_LABELS[mode]).lower()}",
                        "step": [step for step, _ in scores],
                        "accuracy": [score.accuracy for _, score in scores],
                        "low": [score.low for _, score in scores],
                        "high": [score.high for _, score in scores],
                    }
                )
    return found


def pattern_rows(base: Row | None, now: Row | None) -> list[PatternRow]:
    """Shares of responses that show each pattern, with the change relative to `base` (Fig. 6)."""
    before = base.reasoning if base else None
    after = now.reasoning if now else None
    if before is None or after is None or not before.patterns or not after.patterns:
        return []
    change = relative_change(after.patterns, before.patterns)
    return [
        PatternRow(name, ", ".join(words), before.patterns[name], after.patterns[name], change[name])
        for name, words in KEYWORDS.items()
    ]


def sizes(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Mean accuracy against model size (Fig. 4), one point for each row and mode that has all splits."""
    return [
        {"label": row.evaluation.label, "mode": mode, "parameters": row.evaluation.parameters, "mean": mean}
        for row in rows
        for mode in MODES
        if row.evaluation.parameters and (mean := row.mean(mode)) is not None
    ]
