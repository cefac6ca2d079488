"""Scores of runs side by side: only those that were measured on one and the same set of positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.compare.difference import Delta, Share, delta
from webapp.evaluations.models import Evaluation, Score
from webapp.evaluations.shown import MODE_LABELS, MODES, SPLITS, current, row_of
from webapp.runs.models import Run

COLUMNS = tuple((mode, split) for mode in MODES for split in SPLITS)


@dataclass(frozen=True, slots=True)
class Cell:
    """One share of one run, and how it differs from the first run's."""

    score: Score | None  # None: not measured
    delta: Delta | None  # None: of the first run itself, or where one of the two was not measured


@dataclass(frozen=True, slots=True)
class ScoreRow:
    run: Run
    evaluation: Evaluation
    cells: tuple[Cell, ...]  # in the order of COLUMNS


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The newest evaluations of runs on one set of positions; the first row is what others are compared with."""

    positions: int
    rows: tuple[ScoreRow, ...]

    @property
    def alike(self) -> bool:
        """Whether all were asked in the same way."""
        asked = {
            (row.evaluation.prompt, row.evaluation.temperature, row.evaluation.max_response_tokens)
            for row in self.rows
        }
        return len(asked) == 1


@dataclass(frozen=True, slots=True)
class Scores:
    """Every set that some of the runs were measured on, and who was not measured."""

    tables: tuple[ScoreTable, ...]
    unmeasured: tuple[Run, ...]

    @property
    def refusal(self) -> str:
        """Why not all of them stand in one table; "" where they do."""
        if len(self.tables) < 2:
            return ""
        parts = [
            f"{', '.join(row.run.name for row in table.rows)} on {table.positions:,} positions"
            for table in self.tables
        ]
        return (
            f"These runs were measured on {len(self.tables)} different sets: {'; '.join(parts)}. A difference between "
            "sets says nothing of the models, so none is shown."
        )


def scores_of(runs: Sequence[Run]) -> Scores:
    """The newest own evaluation of each run, by its set of positions, in the order of the runs."""
    found: dict[int, list[Evaluation]] = {}
    for evaluation in Evaluation.objects.filter(run__in=runs, job=None).done().with_scores():
        found.setdefault(evaluation.run_id, []).append(evaluation)
    sets: dict[str, list[tuple[Run, Evaluation]]] = {}
    for run in runs:
        if run.pk in found:
            newest = current(found[run.pk])[-1]
            sets.setdefault(newest.positions, []).append((run, newest))
    unmeasured = tuple(run for run in runs if run.pk not in found)
    return Scores(tuple(_table(members) for members in sets.values()), unmeasured)


def column_words(mode: str, split: str) -> str:
    """What a column measures, for people who do not see the heads above it."""
    return f"{split}, {MODE_LABELS[mode].lower()}"


def _table(members: Sequence[tuple[Run, Evaluation]]) -> ScoreTable:
    rows = [(run, evaluation, row_of(evaluation)) for run, evaluation in members]
    first = rows[0][2]
    made = []
    for run, evaluation, row in rows:
        cells = []
        for mode, split in COLUMNS:
            score, base = row.score(mode, split), first.score(mode, split)
            compared = score is not None and base is not None and row is not first
            cells.append(Cell(score, delta(_share(score), _share(base)) if compared else None))
        made.append(ScoreRow(run, evaluation, tuple(cells)))
    most = max((cell.score.n for row in made for cell in row.cells if cell.score), default=0)
    return ScoreTable(most, tuple(made))


def _share(score: Score | None) -> Share:
    assert score is not None
    return Share(score.accuracy, score.low, score.high)
