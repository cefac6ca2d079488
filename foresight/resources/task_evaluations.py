"""Evaluations on segments, problems and questions: models side by side, task by task, new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from foresight.models import Changed, TaskAnswerOut, TaskEvaluationOut
from foresight.models import TaskEvaluations as TaskEvaluationLists
from foresight.resources.base import Resource, given
from foresight.resources.evaluations import LawName, Spent

Solved = Literal["", "never", "sometimes", "always"]


class TaskEvaluations(Resource):
    def list(self) -> TaskEvaluationLists:
        """Models side by side, set of tasks by set of tasks."""
        return TaskEvaluationLists.model_validate(self._transport.json("GET", "/task-evaluations"))

    def of_run(self, run: int, *, law: LawName = "power", against: Spent = "compute") -> dict[str, Any]:
        """evaluations and scaling of what a run of RLPT or RLVR measured on its way."""
        query = {"law": law, "against": against}
        found: dict[str, Any] = self._transport.json("GET", f"/runs/{run}/task-evaluations", params=query)
        return found

    def show(self, evaluation: int) -> TaskEvaluationOut:
        return TaskEvaluationOut.model_validate(
            self._transport.json("GET", f"/task-evaluations/{evaluation}")
        )

    def start(
        self,
        what: Literal["answers", "choices"],
        *,
        model: str = "",
        checkpoint: str = "",
        corpus: int | None = None,
        **asking: Any,
    ) -> TaskEvaluationOut:
        """Queue an evaluation of a model or a checkpoint (`run:12/step:15`) on all problems or questions of a corpus.

        Without a corpus the problems are the built-in arithmetic. `asking`: samples, temperature, top_p,
        max_tokens, k, instruction, think, mode, and the names of the fields of a row.
        """
        body = given(what=what, model=model, checkpoint=checkpoint, corpus=corpus, **asking)
        return TaskEvaluationOut.model_validate(self._transport.json("POST", "/task-evaluations", json=body))

    def held_out(self, run: int, step: int) -> TaskEvaluationOut:
        """Queue an evaluation of a checkpoint on the problems that its run of RLVR holds out."""
        path = f"/runs/{run}/checkpoints/{step}/evaluate-problems"
        return TaskEvaluationOut.model_validate(self._transport.json("POST", path))

    def cancel(self, evaluation: int) -> Changed:
        path = f"/task-evaluations/{evaluation}/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))

    def answers(
        self, evaluation: int, *, show: Solved = "", beside: Sequence[int] = ()
    ) -> Iterator[TaskAnswerOut]:
        """Task by task, every response; `beside`: other evaluations of the same set, how often they solved it."""
        query = {"show": show, "with": [*beside]}
        return self._pages(f"/task-evaluations/{evaluation}/answers", TaskAnswerOut, query)
