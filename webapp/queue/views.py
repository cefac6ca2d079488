"""The page of the queue: jobs at work, jobs that wait, machines; moving and cancelling."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.move import move_job
from webapp.queue.shown import changeable_job, queue_of, reader_of
from webapp.words.sentences import explained


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """`to` is first, up or down. An open page takes the new queue from the answer."""
    reader = reader_of(request)
    job = changeable_job(reader, pk)
    try:
        moved = move_job(job, request.POST.get("to", ""), reader.among)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("queue")
    said = _("The job has moved.") if moved else _("The job stays: there is nothing it could pass.")
    if request.htmx:
        return _page(request, said)
    messages.success(request, said)
    return redirect("queue")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff may cancel anybody's: what a person who has left has running must be possible to end."""
    job = changeable_job(reader_of(request), pk)
    if not request_cancel(job):
        messages.warning(request, _("The job had ended already: there was nothing to cancel."))
    elif job.ended:
        messages.success(request, _("The job is cancelled."))
    else:
        messages.success(request, _("The job is being cancelled. What it has written stays."))
    return redirect("queue")


def _page(request: HttpRequest, said: str = "") -> HttpResponse:
    reader = reader_of(request)
    context = {"queue": queue_of(reader, timezone.now()), "staff": reader.staff, "said": said}
    return render(request, "queue/parts.html" if request.htmx else "queue/page.html", context)
