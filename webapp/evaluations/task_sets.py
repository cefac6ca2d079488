"""Task evaluations by the set they were made on: only those of one set can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_noop as _

from training.contract.task_result import ScoreKind, TaskResult, TaskScore
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.shown import current
from webapp.jobs.models import State
from webapp.runs.models import Run

SETS = 20
ROWS_READ = 2000
PENDING = 10
KIND_LABELS: dict[ScoreKind, str] = {
    "asr": _("Next segment"),
    "msr": _("Masked segment"),
    "problem": _("Solved"),
    "letter": _("Likeliest letter"),
    "reasoning": _("After a thought"),
}
WHAT_LABELS = {"segments": "segments", "answers": "problems", "choices": "questions"}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One evaluation in a table."""

    evaluation: TaskEvaluation
    result: TaskResult
    cells: tuple[TaskScore | None, ...]  # in the order of the set's kinds; None: not measured

    @property
    def sampled(self) -> TaskScore | None:
        """The score of what was sampled, which has Pass@k, form and length."""
        return next((one for one in self.cells if one is not None and one.kind != "letter"), None)

    @property
    def asked(self) -> tuple[Any, ...]:
        """How it was asked; rows that were asked alike have the same."""
        found = self.result
        sampled = self.sampled
        return (
            found.prompt,
            found.temperature,
            found.top_p,
            found.max_response_tokens,
            sampled.samples if sampled else 0,
        )


@dataclass(frozen=True, slots=True)
class TaskSet:
    """Rows of one set of tasks: models first, then the runs' steps."""

    key: str
    what: str  # task_result.TaskSet
    kinds: tuple[ScoreKind, ...]
    rows: tuple[TaskRow, ...]

    @property
    def source(self) -> str:
        return self.rows[0].result.source

    @property
    def unit(self) -> str:
        return WHAT_LABELS[self.what]

    @property
    def labels(self) -> list[str]:
        return [KIND_LABELS[kind] for kind in self.kinds]

    @property
    def tasks(self) -> int:
        """How many tasks of each kind the set has, at most."""
        return max((score.n for row in self.rows for score in row.cells if score), default=0)

    @property
    def alike(self) -> bool:
        """Whether all rows were asked in the same way."""
        return len({row.asked for row in self.rows}) == 1


def task_sets(user: Any) -> list[TaskSet]:
    """The user's sets of tasks, those with the newest evaluation first.

    Of a run's own evaluations its first and its newest stand here; its own page has all of them.
    """
    done = TaskEvaluation.objects.owned_by(user).done().with_run().order_by("-created", "-pk")[:ROWS_READ]
    found: dict[tuple[str, str], list[TaskEvaluation]] = {}
    for evaluation in done:
        found.setdefault((evaluation.what, evaluation.tasks), []).append(evaluation)
    return [_set(what, key, members) for (what, key), members in list(found.items())[:SETS]]


def run_rows(run: Run) -> list[TaskRow]:
    """The evaluations on tasks that a run made and that still hold, by rising step."""
    made = current(TaskEvaluation.objects.of_a_run(run).done().with_run())
    return rows_of(made)[1]


def rows_of(
    evaluations: Iterable[TaskEvaluation],
) -> tuple[tuple[ScoreKind, ...], list[TaskRow]]:
    """The kinds that were asked, and a row for each evaluation."""
    results = [(one, one.typed) for one in evaluations]
    kinds = tuple(dict.fromkeys(score.kind for _, result in results for score in result.scores))
    rows = [TaskRow(one, result, tuple(result.score(kind) for kind in kinds)) for one, result in results]
    return kinds, rows


def curves(rows: Sequence[TaskRow]) -> list[dict[str, Any]]:
    """Pass@1 over the steps for the chart: one curve for each kind."""
    found: dict[str, list[tuple[int, TaskScore]]] = {}
    for row in rows:
        for score in row.cells:
            if score:
                found.setdefault(KIND_LABELS[score.kind], []).append((row.evaluation.step, score))
    return [
        {
            "mode": "reasoning",
            "split": label,
            "label": label,
            "step": [step for step, _ in points],
            "accuracy": [score.accuracy for _, score in points],
            "low": [score.low for _, score in points],
            "high": [score.high for _, score in points],
        }
        for label, points in found.items()
    ]


def by_step(rows: Sequence[TaskRow]) -> dict[int, dict[str, float]]:
    """Pass@1 by step and kind, as the scaling laws take it."""
    return {
        row.evaluation.step: {KIND_LABELS[score.kind]: score.accuracy for score in row.cells if score}
        for row in rows
    }


def pending_tasks(user: Any) -> list[TaskEvaluation]:
    """Jobs that have no result: at work, waiting, or ended without one; newest first."""
    rows = TaskEvaluation.objects.owned_by(user).filter(tasks="").on_demand().with_run()
    return list(rows.exclude(job__state=State.CANCELLED)[:PENDING])


def _set(what: str, key: str, members: list[TaskEvaluation]) -> TaskSet:
    """On-demand evaluations first, models before checkpoints; then of each run its first and its newest."""
    asked = sorted(
        (one for one in members if one.job_id is not None),
        key=lambda one: (one.run_id or 0, one.step, one.pk),
    )
    of_runs = sorted((one for one in members if one.job_id is None), key=lambda one: one.run_id or 0)
    ends: list[TaskEvaluation] = []
    for _run, group in groupby(of_runs, key=lambda one: one.run_id):
        made = current(group)
        ends += made[:1] if len(made) == 1 else (made[0], made[-1])
    kinds, rows = rows_of([*asked, *ends])
    return TaskSet(key, what, kinds, tuple(rows))
