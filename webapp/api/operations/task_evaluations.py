"""Evaluations on segments, problems and questions: of a run, models side by side, task by task, new ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from webapp.api.errors import GONE, Answer, invalid
from webapp.api.schemas.common import Changed, Page, page_of, replies
from webapp.api.schemas.evaluations import LawQuery, law_of, scaling_out
from webapp.api.schemas.task_evaluations import (
    AnswersQuery,
    NewTaskEvaluation,
    RunTaskEvaluations,
    TaskAnswerOut,
    TaskEvaluationOut,
    TaskEvaluations,
    form_data,
    task_answer_out,
    task_evaluation_out,
    task_set_out,
)
from webapp.checkpoints.access import own_checkpoint
from webapp.corpora.access import own_corpus
from webapp.corpora.services.arithmetic import ensure_arithmetic
from webapp.evaluations.answers_page import answers_page
from webapp.evaluations.forms import FORMS
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.scaling import scaling
from webapp.evaluations.services.start_tasks import START, evaluate_held_out
from webapp.evaluations.task_sets import by_step, pending_tasks, run_rows, task_sets
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.access import own_run

router = Router(tags=["Evaluations on tasks"])
CREATED = 201


@router.get("/task-evaluations", response=replies(TaskEvaluations), summary="List evaluations on tasks")
def list_task_evaluations(request: HttpRequest) -> Any:
    """Models side by side: the newest 20 sets of tasks. Of a run's own evaluations its first and its newest."""
    return TaskEvaluations(
        pending=[task_evaluation_out(one) for one in pending_tasks(request.user)],
        sets=[task_set_out(one) for one in task_sets(request.user)],
    )


@router.post(
    "/task-evaluations",
    response=replies(TaskEvaluationOut, status=CREATED),
    summary="Evaluate on problems or questions",
)
def start_task_evaluation(request: HttpRequest, body: NewTaskEvaluation) -> Any:
    """Queues an evaluation of a model, or of a run's checkpoint, on all rows of a corpus."""
    number = body.corpus
    if number is not None:
        own_corpus(request.user, number)
    elif body.what == "answers":
        number = ensure_arithmetic(request.user).pk
    form = FORMS[body.what](request.user, form_data(body, number))
    if not form.is_valid():
        raise invalid({name: " ".join(said) for name, said in form.errors.items()})
    found = START[body.what](request.user, form.measured, form.cleaned_data["corpus"], form.asking)
    return Status(CREATED, task_evaluation_out(found))


@router.post(
    "/runs/{int:run}/checkpoints/{int:step}/evaluate-problems",
    response=replies(TaskEvaluationOut, status=CREATED),
    summary="Evaluate a checkpoint on held-out problems",
)
def start_held_out_evaluation(request: HttpRequest, run: int, step: int) -> Any:
    """Queues an evaluation of a checkpoint of a run of RLVR on the problems that the run holds out."""
    return Status(CREATED, task_evaluation_out(evaluate_held_out(own_checkpoint(request.user, run, step))))


@router.get(
    "/task-evaluations/{int:tasks}",
    response=replies(TaskEvaluationOut),
    summary="Show an evaluation on tasks",
)
def show_task_evaluation(request: HttpRequest, tasks: int) -> Any:
    """Its scores, or how far its job is."""
    return task_evaluation_out(_own(request, tasks))


@router.post(
    "/task-evaluations/{int:tasks}/cancel", response=replies(Changed), summary="Cancel an evaluation on tasks"
)
def cancel_task_evaluation(request: HttpRequest, tasks: int) -> Any:
    """Ends an evaluation that is a job of its own; one that a run makes ends with the run."""
    found = _own(request, tasks)
    if found.job is not None and request_cancel(found.job):
        return Changed(changed=True, message="The evaluation is being cancelled.")
    return Changed(changed=False, message="The evaluation had ended already.")


@router.get(
    "/task-evaluations/{int:tasks}/answers",
    response=replies(Page[TaskAnswerOut], GONE),
    summary="Read answers task by task",
)
def list_task_answers(request: HttpRequest, tasks: int, query: Query[AnswersQuery]) -> Any:
    """Every task with its responses, 20 a page, and how often other models solved it. 410: the file is gone."""
    found = answers_page(_own(request, tasks), request.GET)
    if found.page is None:
        raise Answer(
            "The answers are not on this machine any more, or there are none yet.",
            status=GONE,
            remedy="Its scores stay: GET /api/task-evaluations/<id>.",
        )
    return page_of(found.page, query.page, [task_answer_out(one) for one in found.tasks])


@router.get(
    "/runs/{int:run}/task-evaluations",
    response=replies(RunTaskEvaluations),
    summary="List a run's evaluations on tasks",
)
def run_task_evaluations(request: HttpRequest, run: int, query: Query[LawQuery]) -> Any:
    """What a run of RLPT or RLVR measured on its way, and the scaling law."""
    found = own_run(request.user, run)
    rows = run_rows(found)
    return RunTaskEvaluations(
        evaluations=[task_evaluation_out(row.evaluation) for row in rows],
        scaling=scaling_out(scaling([(found, by_step(rows))], law_of(query))),
    )


def _own(request: HttpRequest, pk: int) -> TaskEvaluation:
    found: TaskEvaluation = get_object_or_404(TaskEvaluation.objects.owned_by(request.user).with_run(), pk=pk)
    return found
