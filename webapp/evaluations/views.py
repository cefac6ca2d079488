"""The evaluation tab of a run, the page that lays models side by side, and what starts an evaluation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.contract.difficulty import THRESHOLDS
from training.contract.errors import ForesightError
from webapp.corpora.model_choices import model_choices
from webapp.evaluations.models import Evaluation
from webapp.evaluations.scaling import Law, accuracies, as_json, scaling
from webapp.evaluations.services.start import can_evaluate, evaluate_checkpoint, evaluate_model
from webapp.evaluations.services.start_tasks import evaluate_held_out
from webapp.evaluations.sets import evaluation_sets, pending
from webapp.evaluations.shown import curves, pattern_rows, run_rows
from webapp.evaluations.task_sets import KIND_LABELS, by_step
from webapp.evaluations.task_sets import curves as task_curves
from webapp.evaluations.task_sets import run_rows as task_rows
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint, Run
from webapp.runs.page import head_context
from webapp.words.sentences import explained

RUNS_OFFERED = 50
ON_TASKS = ("rlpt", "rlvr")
"""Methods whose runs are evaluated on segments or problems, not on positions."""


@require_safe
def run_evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """The run's own evaluations; an open page asks for the part again while the run is at work."""
    run = own_run(request.user, pk)
    of_tasks, law = run.method in ON_TASKS, Law.of(request.GET)
    part = _tasks_part(run, law) if of_tasks else _run_part(run, law)
    template = f"evaluations/{'run_tasks_part' if of_tasks else 'run_part'}.html"
    if request.htmx:
        if request.GET.get("seen") == part["seen"] and not run.job.ended:
            return HttpResponse(status=204)  # nothing new: the charts stay as they are
        return render(request, template, part)
    context = {**head_context(run, "evaluation"), **part, "part_template": template}
    return render(request, "evaluations/run.html", context)


def _tasks_part(run: Run, law: Law) -> dict[str, Any]:
    rows = task_rows(run)
    laws = scaling([(run, by_step(rows))], law)
    newest = rows[-1] if rows else None
    return {
        "run": run,
        "rows": rows,
        "kinds": [KIND_LABELS[score.kind] for score in newest.result.scores] if newest else [],
        "seen": f"{newest.evaluation.pk}.{len(rows)}" if newest else "0",
        "enabled": bool(run.config.get("evaluation", {}).get("every", 0)),
        "newest": newest,
        "law": law,
        "scaling": laws,
        "evaluation_data": {
            "colour": run.colour,
            "curves": task_curves(rows),
            "scaling": as_json(laws, law),
        },
    }


def _run_part(run: Run, law: Law) -> dict[str, Any]:
    rows = run_rows(run)
    laws = scaling([(run, accuracies(rows))], law)
    base = next((row for row in rows if row.evaluation.step == 0), None)
    newest = rows[-1] if rows else None
    return {
        "run": run,
        "rows": rows,
        "seen": f"{newest.evaluation.pk}.{len(rows)}" if newest else "0",
        "thresholds": THRESHOLDS,
        "enabled": bool(run.config.get("evaluation", {}).get("every", 0)),
        "base": base,
        "newest": newest,
        "patterns": pattern_rows(base, newest) if newest is not base else [],
        "law": law,
        "scaling": laws,
        "evaluation_data": {
            "colour": run.colour,
            "curves": curves(rows),
            "scaling": as_json(laws, law),
        },
    }


@require_safe
def evaluations(request: HttpRequest) -> HttpResponse:
    """Models side by side, set of positions by set of positions.

    While evaluations are at work the page asks for the list of them; a finished one reloads it.
    """
    if not request.htmx:
        return _page(request)
    context = _pending(request.user)
    response = render(request, "evaluations/pending.html", context)
    if request.GET.get("seen") != str(context["seen"]):
        response.headers["HX-Refresh"] = "true"
    return response


def _pending(user: Any) -> dict[str, Any]:
    waiting = pending(user)
    return {
        "pending": waiting,
        "working": any(not one.job.ended for one in waiting),
        "seen": Evaluation.objects.owned_by(user).done().count(),
        "list_name": "evaluations",
        "cancel_name": "evaluation-cancel",
    }


def _page(request: HttpRequest, *, error: str = "", typed: str = "", status: int = 200) -> HttpResponse:
    sets, law = evaluation_sets(request.user), Law.of(request.GET)
    laws = {one.key: one.scaling(law) for one in sets}
    runs = [run for run in Run.objects.owned_by(request.user)[: 4 * RUNS_OFFERED] if can_evaluate(run)]
    context = {
        **_pending(request.user),
        "sets": [(one, laws[one.key]) for one in sets],
        "law": law,
        "law_chosen": "law" in request.GET,
        "sets_data": [
            {"key": one.key, "sizes": one.sizes, "scaling": as_json(laws[one.key], law)} for one in sets
        ],
        "runs": runs[:RUNS_OFFERED],
        "models": model_choices(),
        "thresholds": THRESHOLDS,
        "error": error,
        "typed": typed,
    }
    return render(request, "evaluations/list.html", context, status=status)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Evaluate a model by its name on the positions that one of the user's runs holds out."""
    chosen = request.POST.get("run", "")
    model = request.POST.get("model", "").strip()
    if not chosen.isdecimal():
        return _page(request, error=_("Choose the run whose held-out positions are to be used."), status=422)
    run = own_run(request.user, int(chosen))
    try:
        evaluate_model(run, model)
    except ForesightError as error:
        return _page(request, error=f"{error.message} {error.remedy}".strip(), typed=model, status=422)
    messages.success(request, _("The evaluation of {model} is queued.").format(model=model))
    return redirect("evaluations")


@require_POST
def checkpoint(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """Evaluate a checkpoint of a run on the positions, or the problems, that the run holds out."""
    run = own_run(request.user, pk)
    found = Checkpoint.objects.of_run(run).present().filter(step=step).first()
    if found is None:
        raise Http404(f"There is no checkpoint of step {step}.")
    solves = run.method == "rlvr"
    try:
        evaluate_held_out(found) if solves else evaluate_checkpoint(found)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("run-checkpoints", pk)
    messages.success(request, _("The evaluation of step {step} is queued.").format(step=step))
    return redirect("task-evaluations" if solves else "evaluations")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End an evaluation that is a job of its own."""
    found = get_object_or_404(Evaluation.objects.owned_by(request.user).exclude(job=None), pk=pk)
    if not request_cancel(found.job):
        messages.warning(request, _("The evaluation had ended already."))
    return redirect("evaluations")
