"""Stars and notes: each answer is the part of the page that shows the mark, or leads back to the group."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from training.contract.errors import ForesightError
from webapp.runs.access import own_run
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.services.annotate import annotate
from webapp.trajectories.services.star import star

INVALID = 422


@require_POST
def rollout_star(request: HttpRequest, pk: int, step: int, group: int) -> HttpResponse:
    """`starred` 1 or 0, on the rollout `sample` or, without one, on the group."""
    run, row, rollout = _marked(request, pk, step, group)
    mark = star(request.user, row, rollout, request.POST.get("starred") == "1")
    if not request.htmx:
        return _back(run, row, rollout)
    context = {"run": run, "group": row, "sample": _sample(rollout), "starred": mark.starred}
    return render(request, "trajectories/star.html", context)


@require_POST
def rollout_note(request: HttpRequest, pk: int, step: int, group: int) -> HttpResponse:
    """`note` on the rollout `sample` or, without one, on the group."""
    run, row, rollout = _marked(request, pk, step, group)
    typed = request.POST.get("note", "")
    context: dict[str, Any] = {"run": run, "group": row, "sample": _sample(rollout), "note": typed}
    try:
        mark = annotate(request.user, row, rollout, typed)
    except ForesightError as error:
        context |= {"error": error, "open": True}
        return render(request, "trajectories/note.html", context, status=INVALID)
    if not request.htmx:
        return _back(run, row, rollout)
    return render(request, "trajectories/note.html", context | {"note": mark.note, "saved": True})


def _marked(request: HttpRequest, pk: int, step: int, group: int) -> tuple[Run, RolloutGroup, Rollout | None]:
    """What is to be marked. Raises Http404."""
    run = own_run(request.user, pk)
    row = RolloutGroup.objects.of_run(run).of_step(step).filter(group=group).first()
    if row is None:
        raise Http404(f"Step {step} has no group {group}.")
    sample = request.POST.get("sample", "")
    if not sample:
        return run, row, None
    rollout = Rollout.objects.filter(group=row, sample=sample).first() if sample.isdecimal() else None
    if rollout is None:
        raise Http404(f"The group has no rollout {sample}.")
    return run, row, rollout


def _sample(rollout: Rollout | None) -> int | None:
    return None if rollout is None else rollout.sample


def _back(run: Run, row: RolloutGroup, rollout: Rollout | None) -> HttpResponse:
    query = "" if rollout is None else "?" + urlencode({"rollout": rollout.sample})
    return redirect(reverse("run-group", args=[run.pk, row.step, row.group]) + query)
