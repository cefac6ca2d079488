"""What can be done to a run from its page, and its log as data."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.resume import resume as resume_job
from webapp.runs.access import own_run
from webapp.runs.log import log_after, log_path, log_tail
from webapp.runs.names import safe_name
from webapp.runs.services.control import launch_control
from webapp.runs.services.demo import launch_demo
from webapp.words.sentences import explained

WHILE_AT_WORK = "while-at-work"
"""A message that the page takes away once the run has ended."""


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    run = own_run(request.user, pk)
    if not request_cancel(run.job):
        messages.warning(request, _("The run had ended already: there was nothing to cancel."))
    elif run.job.ended:
        messages.success(request, _("The run is cancelled. What it has written stays."))
    else:
        words = _("The run is being cancelled. What it has written stays.")
        messages.success(request, words, extra_tags=WHILE_AT_WORK)
    return redirect("run", pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    run = own_run(request.user, pk)
    try:
        resumed = resume_job(run.job)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("run", pk)
    if resumed:
        messages.success(request, _("The run is queued again."))
    else:
        messages.warning(
            request, _("The run cannot be resumed: it is active, or it has finished all its steps.")
        )
    return redirect("run", pk)


@require_POST
def control(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Launch the supervised control of a run, for the same compute."""
    try:
        launched = launch_control(own_run(request.user, pk))
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("run", pk)
    messages.success(
        request, _("The supervised control is queued. Its line is drawn on the reward of this run.")
    )
    return redirect("run", launched.pk)


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Launch the demo experiment on the built-in sample corpus."""
    try:
        run = launch_demo(request.user)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("home")
    return redirect("run", run.pk)


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`?attempt=n&offset=b`: whole lines after a byte offset as JSON; without an offset the tail."""
    run = own_run(request.user, pk)
    attempt = _number(request, "attempt")
    offset = _number(request, "offset")
    attempt = run.job.attempt if attempt is None else attempt
    found = log_tail(run, attempt) if offset is None else log_after(run, attempt, offset)
    return JsonResponse(asdict(found))


@require_safe
def log_file(request: HttpRequest, pk: int, attempt: int) -> HttpResponse:
    """The whole output of one attempt as a text file."""
    run = own_run(request.user, pk)
    path = log_path(run, attempt)
    if not path.is_file():
        raise Http404(f"Attempt {attempt} has written no log.")
    name = f"{safe_name(run.name)}-attempt-{attempt}.log"
    return HttpResponse(
        path.read_bytes(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None
