"""Evaluations by the set of positions they were made on: only those of one set can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from webapp.evaluations.models import Evaluation
from webapp.evaluations.scaling import Law, Scaling, accuracies, scaling
from webapp.evaluations.shown import Row, current, row_of, sizes
from webapp.jobs.models import State
from webapp.runs.models import Run

SETS = 20
PENDING = 10


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Rows of one set of positions: models first, then the runs' steps."""

    key: str
    rows: tuple[Row, ...]
    runs: tuple[tuple[Run, tuple[Row, ...]], ...]  # every evaluation that the runs made themselves

    def scaling(self, law: Law = Law()) -> list[Scaling]:
        """The law over all runs of the set; nothing while no run has gone a step."""
        found = scaling([(run, accuracies(rows)) for run, rows in self.runs], law)
        return found if any(one.points for one in found) else []

    @property
    def first(self) -> Evaluation:
        return self.rows[0].evaluation

    @property
    def positions(self) -> int:
        """How many positions the set has: all lie in the easy split."""
        return max((score.n for row in self.rows for score in row.cells if score), default=0)

    @property
    def alike(self) -> bool:
        """Whether all rows were asked in the same way."""
        return len({_asked(row.evaluation) for row in self.rows}) == 1

    @property
    def sizes(self) -> list[dict[str, Any]]:
        return sizes(self.rows)

    @property
    def has_sizes(self) -> bool:
        """Whether there are several model sizes to draw accuracy against."""
        return len({point["parameters"] for point in self.sizes}) > 1


def evaluation_sets(user: Any) -> list[EvaluationSet]:
    """The user's sets of positions, those with the newest evaluation first.

    Of a run's own evaluations its first and its newest stand here; its own page has all of them.
    """
    done = list(Evaluation.objects.owned_by(user).done().with_scores().order_by("-created", "-pk"))
    found: dict[str, list[Evaluation]] = {}
    for evaluation in done:
        found.setdefault(evaluation.positions, []).append(evaluation)
    return [_set(key, members) for key, members in list(found.items())[:SETS]]


def _set(key: str, members: list[Evaluation]) -> EvaluationSet:
    """On-demand evaluations first, models before checkpoints; then of each run its first and its newest."""
    asked = sorted(
        (one for one in members if one.job_id is not None),
        key=lambda one: (one.run_id or 0, one.step, one.pk),
    )
    of_runs = sorted((one for one in members if one.job_id is None), key=lambda one: one.run_id or 0)
    runs = []
    for _, group in groupby(of_runs, key=lambda one: one.run_id):
        rows = tuple(row_of(one) for one in current(group))
        runs.append((rows[0].evaluation.run, rows))
    ends = [row for _, rows in runs for row in (rows[:1] if len(rows) == 1 else (rows[0], rows[-1]))]
    return EvaluationSet(key, (*(row_of(one) for one in asked), *ends), tuple(runs))


def pending(user: Any) -> list[Evaluation]:
    """Jobs that have no result: at work, waiting, or ended without one; newest first."""
    rows = (
        Evaluation.objects.owned_by(user).filter(positions="").exclude(job=None).select_related("run", "job")
    )
    return list(rows.exclude(job__state=State.CANCELLED)[:PENDING])


def _asked(evaluation: Evaluation) -> tuple[Any, ...]:
    return (evaluation.temperature, evaluation.prompt, evaluation.max_response_tokens)
