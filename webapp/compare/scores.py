"""Scores of runs side by side: only those that were measured on one and the same set.

A set is of held-out positions, of segments, or of problems. Of each run its newest own evaluation counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.contract.task_result import TaskScore
from webapp.compare.difference import Delta, Share, delta
from webapp.evaluations.models import Evaluation, Score, TaskEvaluation
from webapp.evaluations.shown import MODE_LABELS, MODES, SPLITS, current, row_of
from webapp.evaluations.task_sets import KIND_LABELS, WHAT_LABELS
from webapp.runs.models import Run

POSITIONS = "positions"


@dataclass(frozen=True, slots=True)
class Measured:
    """A run's newest evaluation on one set."""

    run: Run
    step: int
    what: str  # positions, segments, problems or questions
    set: str  # names the set
    scores: Mapping[str, Score | TaskScore | None]  # by what a column is called; None: not measured
    asked: tuple[Any, ...]  # how; alike where this is the same


@dataclass(frozen=True, slots=True)
class Cell:
    """One share of one run, and how it differs from the first run's."""

    score: Score | TaskScore | None
    delta: Delta | None  # None: of the first run itself, or where one of the two was not measured


@dataclass(frozen=True, slots=True)
class ScoreRow:
    run: Run
    step: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Runs on one set; the first row is what the others are compared with."""

    what: str
    size: int
    labels: tuple[str, ...]
    rows: tuple[ScoreRow, ...]
    alike: bool  # whether all were asked in the same way

    @property
    def has_modes(self) -> bool:
        """Whether its columns are those of next-token accuracy."""
        return self.what == POSITIONS


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
            f"{', '.join(row.run.name for row in table.rows)} on {table.size:,} {table.what}"
            for table in self.tables
        ]
        return (
            f"These runs were measured on {len(self.tables)} different sets: {'; '.join(parts)}. A difference between "
            "sets says nothing of the models, so none is shown."
        )


def scores_of(runs: Sequence[Run]) -> Scores:
    """The newest own evaluation of each run, by its set, in the order of the runs."""
    sets: dict[tuple[str, str], list[Measured]] = {}
    found = {one.run: one for one in (*_on_tasks(runs), *_on_positions(runs))}
    for run in runs:
        if run in found:
            sets.setdefault((found[run].what, found[run].set), []).append(found[run])
    unmeasured = tuple(run for run in runs if run not in found)
    return Scores(tuple(_table(members) for members in sets.values()), unmeasured)


def _on_positions(runs: Sequence[Run]) -> Iterator[Measured]:
    rows = Evaluation.objects.filter(run__in=runs, job=None).done().with_scores()
    names = [f"{split}, {MODE_LABELS[mode].lower()}" for mode in MODES for split in SPLITS]
    for run, newest in _newest(runs, rows):
        scores = dict(zip(names, row_of(newest).cells, strict=True))
        asked = (newest.prompt, newest.temperature, newest.max_response_tokens)
        yield Measured(run, newest.step, POSITIONS, newest.positions, scores, asked)


def _on_tasks(runs: Sequence[Run]) -> Iterator[Measured]:
    rows = TaskEvaluation.objects.filter(run__in=runs, job=None).done()
    for run, newest in _newest(runs, rows):
        result = newest.typed
        asked = (
            result.rule,
            result.prompt,
            result.temperature,
            result.top_p,
            result.max_response_tokens,
            *(score.samples for score in result.scores),
        )
        scores = {KIND_LABELS[score.kind]: score for score in result.scores}
        yield Measured(run, newest.step, WHAT_LABELS[newest.what], newest.tasks, scores, asked)


def _newest(runs: Sequence[Run], rows: Any) -> Iterator[tuple[Run, Any]]:
    """The newest of each run's evaluations that still hold."""
    found: dict[int, list[Any]] = {}
    for evaluation in rows:
        found.setdefault(evaluation.run_id, []).append(evaluation)
    for run in runs:
        if run.pk in found:
            yield run, current(found[run.pk])[-1]


def _table(members: Sequence[Measured]) -> ScoreTable:
    first = members[0]
    labels = tuple(dict.fromkeys(label for one in members for label in one.scores))
    rows = []
    for one in members:
        pairs = [(one.scores.get(label), first.scores.get(label)) for label in labels]
        cells = tuple(Cell(score, _delta(score, base) if one is not first else None) for score, base in pairs)
        rows.append(ScoreRow(one.run, one.step, cells))
    size = max((score.n for one in members for score in one.scores.values() if score), default=0)
    return ScoreTable(first.what, size, labels, tuple(rows), len({one.asked for one in members}) == 1)


def _delta(score: Score | TaskScore | None, base: Score | TaskScore | None) -> Delta | None:
    return None if score is None or base is None else delta(_share(score), _share(base))


def _share(score: Score | TaskScore) -> Share:
    return Share(score.accuracy, score.low, score.high)
