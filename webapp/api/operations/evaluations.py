"""Evaluations: those of a run, models side by side, new ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from webapp.api.schemas.common import Changed, replies
from webapp.api.schemas.evaluations import (
    EvaluationOut,
    Evaluations,
    LawQuery,
    NewEvaluation,
    PatternOut,
    RunEvaluations,
    evaluation_out,
    law_of,
    scaling_out,
    set_out,
)
from webapp.checkpoints.access import own_checkpoint
from webapp.evaluations.models import Evaluation
from webapp.evaluations.scaling import accuracies, scaling
from webapp.evaluations.services.start import evaluate_checkpoint, evaluate_model
from webapp.evaluations.sets import evaluation_sets, pending
from webapp.evaluations.shown import pattern_rows, run_rows
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.access import own_run

router = Router(tags=["Evaluations"])
CREATED = 201


@router.get("/evaluations", response=replies(Evaluations), summary="List evaluations")
def list_evaluations(request: HttpRequest, query: Query[LawQuery]) -> Any:
    """Models side by side: the newest 20 sets of positions. Of a run's own evaluations its first and its newest."""
    return Evaluations(
        pending=[evaluation_out(one) for one in pending(request.user)],
        sets=[set_out(one, law_of(query)) for one in evaluation_sets(request.user)],
    )


@router.post("/evaluations", response=replies(EvaluationOut, status=CREATED), summary="Evaluate a model")
def start_evaluation(request: HttpRequest, body: NewEvaluation) -> Any:
    """Queues an evaluation of a model on the positions that one of your runs holds out."""
    return Status(
        CREATED, evaluation_out(evaluate_model(own_run(request.user, body.run), body.model.strip()))
    )


@router.get("/evaluations/{int:evaluation}", response=replies(EvaluationOut), summary="Show an evaluation")
def show_evaluation(request: HttpRequest, evaluation: int) -> Any:
    """Its scores by mode and split, or how far its job is."""
    return evaluation_out(_own(request, evaluation))


@router.post(
    "/evaluations/{int:evaluation}/cancel", response=replies(Changed), summary="Cancel an evaluation"
)
def cancel_evaluation(request: HttpRequest, evaluation: int) -> Any:
    """Ends an evaluation that is a job of its own; one that a run makes ends with the run."""
    found = _own(request, evaluation)
    if found.job is not None and request_cancel(found.job):
        return Changed(changed=True, message="The evaluation is being cancelled.")
    return Changed(changed=False, message="The evaluation had ended already.")


@router.get(
    "/runs/{int:run}/evaluations", response=replies(RunEvaluations), summary="List a run's evaluations"
)
def run_evaluations(request: HttpRequest, run: int, query: Query[LawQuery]) -> Any:
    """What the run measured on its way, its reasoning patterns against step 0, and the scaling law."""
    found = own_run(request.user, run)
    rows = run_rows(found)
    base = next((row for row in rows if row.evaluation.step == 0), None)
    newest = rows[-1] if rows else None
    patterns = pattern_rows(base, newest) if newest is not base else []
    return RunEvaluations(
        evaluations=[evaluation_out(row.evaluation) for row in rows],
        patterns=[PatternOut.model_validate(row) for row in patterns],
        scaling=scaling_out(scaling([(found, accuracies(rows))], law_of(query))),
    )


@router.post(
    "/runs/{int:run}/checkpoints/{int:step}/evaluate",
    response=replies(EvaluationOut, status=CREATED),
    summary="Evaluate a checkpoint",
)
def start_checkpoint_evaluation(request: HttpRequest, run: int, step: int) -> Any:
    """Queues an evaluation of a checkpoint on the positions its run holds out."""
    return Status(CREATED, evaluation_out(evaluate_checkpoint(own_checkpoint(request.user, run, step))))


def _own(request: HttpRequest, pk: int) -> Evaluation:
    found: Evaluation = get_object_or_404(Evaluation.objects.owned_by(request.user).with_scores(), pk=pk)
    return found
