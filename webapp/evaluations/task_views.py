"""Evaluations on problems and questions: models side by side, task by task, and what starts one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webapp.corpora.model_choices import model_choices
from webapp.corpora.services.arithmetic import ensure_arithmetic
from webapp.evaluations.answers_page import FILTERS, answers_page
from webapp.evaluations.forms import FORMS, TaskForm
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.services.start_tasks import START
from webapp.evaluations.task_sets import pending_tasks, task_sets
from webapp.jobs.services.cancel import request_cancel
from webapp.runs.models import Checkpoint

CHECKPOINTS_OFFERED = 60


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Models side by side, set by set. While jobs are at work the page asks for their list."""
    if not request.htmx:
        ensure_arithmetic(request.user)
        return _page(request, {name: form(request.user) for name, form in FORMS.items()})
    context = _pending(request.user)
    response = render(request, "evaluations/pending.html", context)
    if request.GET.get("seen") != str(context["seen"]):
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
def start(request: HttpRequest, what: str) -> HttpResponse:
    """Evaluate a model or a checkpoint on a corpus; what was typed stays where something is wrong."""
    if what not in FORMS:
        raise Http404(f"There is no set of {what!r}.")
    forms: dict[str, TaskForm] = {
        name: form(request.user, request.POST) if name == what else form(request.user)
        for name, form in FORMS.items()
    }
    form = forms[what]
    if not form.is_valid():
        return _page(request, forms, status=422)
    found = START[what](request.user, form.measured, form.cleaned_data["corpus"], form.asking)
    messages.success(
        request,
        _("The evaluation of {label} on {source} is queued.").format(label=found.label, source=found.source),
    )
    return redirect("task-evaluations")


@require_safe
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation, task by task; `?with=` lays others of the same set beside it."""
    found = get_object_or_404(TaskEvaluation.objects.owned_by(request.user).done().with_run(), pk=pk)
    page = answers_page(found, request.GET)
    context = {"shown": page, "evaluation": found, "result": found.typed, "filters": FILTERS.items()}
    return render(request, "evaluations/answers.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End an evaluation that is a job of its own."""
    found = get_object_or_404(TaskEvaluation.objects.owned_by(request.user).on_demand(), pk=pk)
    if not request_cancel(found.job):
        messages.warning(request, _("The evaluation had ended already."))
    return redirect("task-evaluations")


def _pending(user: Any) -> dict[str, Any]:
    waiting = pending_tasks(user)
    return {
        "pending": waiting,
        "working": any(not one.job.ended for one in waiting),
        "seen": TaskEvaluation.objects.owned_by(user).done().on_demand().count(),
        "list_name": "task-evaluations",
        "cancel_name": "task-cancel",
    }


def _page(request: HttpRequest, forms: dict[str, TaskForm], status: int = 200) -> HttpResponse:
    checkpoints = Checkpoint.objects.filter(run__owner=request.user).present().select_related("run")
    context = {
        **_pending(request.user),
        "sets": task_sets(request.user),
        "forms": forms,
        "models": model_choices(),
        "checkpoints": checkpoints.order_by("-run__created", "-step")[:CHECKPOINTS_OFFERED],
    }
    return render(request, "evaluations/tasks.html", context, status=status)
