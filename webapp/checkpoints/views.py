"""Checkpoints of a run: the list, one file, the whole model folder as an archive."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.checkpoints.archive import Download, checkpoint_archive, checkpoint_file
from webapp.checkpoints.response import download_response
from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint
from webapp.runs.page import head_context


@require_safe
def checkpoint_list(request: HttpRequest, pk: int) -> HttpResponse:
    run = own_run(request.user, pk)
    checkpoints = list(Checkpoint.objects.of_run(run))
    best = max((c.reward for c in checkpoints if c.reward is not None and not c.removed), default=None)
    context = {**head_context(run, "checkpoints"), "checkpoints": checkpoints, "best": best}
    return render(request, "checkpoints/list.html", context)


@require_safe
def archive(request: HttpRequest, pk: int, step: int) -> HttpResponseBase:
    return _answer(request, checkpoint_archive(_present(request, pk, step)))


@require_safe
def file(request: HttpRequest, pk: int, step: int, path: str) -> HttpResponseBase:
    return _answer(request, checkpoint_file(_present(request, pk, step), path))


def _present(request: HttpRequest, pk: int, step: int) -> Checkpoint:
    """The newest attempt's checkpoint of a step that is still there."""
    found = Checkpoint.objects.of_run(own_run(request.user, pk)).present().filter(step=step).first()
    if found is None:
        raise Http404(
            f"There is no checkpoint of step {step}; older ones are deleted when newer ones are saved."
        )
    return found


def _answer(request: HttpRequest, download: Download | None) -> HttpResponseBase:
    if download is None:
        raise Http404("The checkpoint holds no such file, or the disk has lost it.")
    return download_response(request, download)
