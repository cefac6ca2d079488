"""One evaluation, task by task, with other models on the same set beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_noop as _

from training.contract.task_answers import AnswerRow, Counts, find_rows, read_counts, read_rows
from training.contract.task_result import TaskScore
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.task_sets import KIND_LABELS

PER_PAGE = 20
BESIDE, OFFERED = 5, 30
FILTERS = {"": _("All"), "never": _("Never right"), "sometimes": _("Sometimes"), "always": _("Always right")}


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One response in the table."""

    prediction: str | None
    reason: str
    length: int
    truncated: bool
    response: str

    @property
    def right(self) -> bool:
        return self.reason == "match"


@dataclass(frozen=True, slots=True)
class ShownTask:
    """One task, with the counts of the models beside it (None: it was not asked there)."""

    row: AnswerRow
    beside: tuple[tuple[TaskEvaluation, tuple[int, int] | None], ...]

    @property
    def label(self) -> str:
        return KIND_LABELS[self.row.kind]  # type: ignore[index]

    @property
    def answers(self) -> list[ShownAnswer]:
        row = self.row
        columns = zip(row.predictions, row.reasons, row.lengths, row.truncated, row.responses, strict=True)
        return [ShownAnswer(*values) for values in columns]


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """A page of the table. `missing`: the answers are not on this machine any more."""

    evaluation: TaskEvaluation
    missing: bool
    page: Page[int] | None
    tasks: tuple[ShownTask, ...]
    beside: tuple[TaskEvaluation, ...]  # the models beside it
    offered: tuple[TaskEvaluation, ...]  # others of the same set
    filter: str

    @property
    def scores(self) -> list[tuple[str, TaskScore]]:
        return [(KIND_LABELS[score.kind], score) for score in self.evaluation.typed.scores]


def answers_page(evaluation: TaskEvaluation, query: Any) -> AnswersPage:
    """`?show=never&with=3&with=5&page=2`: unknown values are left out."""
    others = _others(evaluation)
    wanted = [int(text) for text in query.getlist("with") if text.isdecimal()]
    beside = tuple(one for one in others if one.pk in wanted)[:BESIDE]
    chosen = query.get("show", "")
    shown = chosen if chosen in FILTERS else ""
    path = evaluation.answers_path
    if path is None:
        return AnswersPage(evaluation, True, None, (), beside, tuple(others), shown)
    page = Paginator(find_rows(path, _matches(shown)), PER_PAGE).get_page(query.get("page"))
    counts = [(one, _counts(one)) for one in beside]
    tasks = tuple(
        ShownTask(row, tuple((one, count.get((row.kind, row.identity))) for one, count in counts))
        for row in read_rows(path, list(page.object_list))
    )
    return AnswersPage(evaluation, False, page, tasks, beside, tuple(others), shown)


def _matches(shown: str) -> Any:
    rules = {
        "never": lambda kind, right, samples: right == 0,
        "sometimes": lambda kind, right, samples: 0 < right < samples,
        "always": lambda kind, right, samples: right == samples,
    }
    return rules.get(shown, lambda kind, right, samples: True)


def _others(evaluation: TaskEvaluation) -> list[TaskEvaluation]:
    same = TaskEvaluation.objects.owned_by(evaluation.owner).done().with_run()
    return list(same.filter(tasks=evaluation.tasks, what=evaluation.what).exclude(pk=evaluation.pk)[:OFFERED])


def _counts(evaluation: TaskEvaluation) -> Counts:
    path = evaluation.answers_path
    return read_counts(path) if path else {}
