"""Evaluations: those of a run, models side by side, new ones."""

from __future__ import annotations

from typing import Any, Literal

from foresight.models import Changed, EvaluationOut
from foresight.models import Evaluations as EvaluationLists
from foresight.resources.base import Resource

LawName = Literal["power", "exponential"]
Spent = Literal["compute", "tokens"]


class Evaluations(Resource):
    def list(self, *, law: LawName = "power", against: Spent = "compute") -> EvaluationLists:
        """Models side by side, set of positions by set of positions, with the scaling law of each."""
        query = {"law": law, "against": against}
        return EvaluationLists.model_validate(self._transport.json("GET", "/evaluations", params=query))

    def of_run(self, run: int, *, law: LawName = "power", against: Spent = "compute") -> dict[str, Any]:
        """evaluations, patterns and scaling of what a run measured on its way."""
        query = {"law": law, "against": against}
        found: dict[str, Any] = self._transport.json("GET", f"/runs/{run}/evaluations", params=query)
        return found

    def show(self, evaluation: int) -> EvaluationOut:
        return EvaluationOut.model_validate(self._transport.json("GET", f"/evaluations/{evaluation}"))

    def start(self, run: int, model: str) -> EvaluationOut:
        """Queue an evaluation of a model on the positions that a run holds out."""
        body = {"run": run, "model": model}
        return EvaluationOut.model_validate(self._transport.json("POST", "/evaluations", json=body))

    def checkpoint(self, run: int, step: int) -> EvaluationOut:
        """Queue an evaluation of a checkpoint on the positions its run holds out."""
        path = f"/runs/{run}/checkpoints/{step}/evaluate"
        return EvaluationOut.model_validate(self._transport.json("POST", path))

    def cancel(self, evaluation: int) -> Changed:
        path = f"/evaluations/{evaluation}/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))
