"""What people change of runs: name, tags and notes of one, and one verb for many that are ticked on the list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from training.contract.errors import ForesightError
from webapp.runs.access import own_run
from webapp.runs.listing import Filters, matching, numbers_of
from webapp.runs.models import Run, Tag
from webapp.runs.services.bulk import WORDS, apply
from webapp.runs.services.edit import edit_run
from webapp.words.sentences import explained, translated

INVALID = 422
COMPARED = 50
"""Runs that are handed to the page that compares."""
NAMED = 20
"""Runs that a question names; the others are counted."""
ASKED = ("cancel", "delete")
"""What is done only after a question."""


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, tags and notes: a form for a dialog, and a page of its own without scripts."""
    run = own_run(request.user, pk)
    if request.method != "POST":
        said = {"name": run.name, "tags": ", ".join(tag.name for tag in run.tags.all()), "notes": run.notes}
        return _form(request, run, said)
    said = {name: request.POST.get(name, "") for name in ("name", "tags", "notes")}
    try:
        edit_run(run, name=said["name"], tags=said["tags"].split(","), notes=said["notes"])
    except ForesightError as error:
        return _form(request, run, said, error)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(_next(request, reverse("run", args=[pk])))


def _form(
    request: HttpRequest, run: Run, said: dict[str, str], error: ForesightError | None = None
) -> HttpResponse:
    htmx = request.htmx
    context = {
        "run": run,
        "said": said,
        "error": error,
        "said_error": explained(error) if error else "",
        "known_tags": Tag.objects.filter(owner=request.user),
        "next": _next(request, reverse("run", args=[run.pk])),
    }
    # htmx draws answers of 200 alone.
    status = INVALID if error and not htmx else 200
    return render(request, "runs/edit_form.html" if htmx else "runs/edit.html", context, status=status)


@require_POST
def star(request: HttpRequest, pk: int) -> HttpResponse:
    """Star a run, or take its star away; answers with the button as it is then."""
    run = own_run(request.user, pk)
    edit_run(run, starred=not run.starred)
    return render(request, "runs/star.html", {"run": run})


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a run out of the way, or back: where it stands already it stays."""
    run = own_run(request.user, pk)
    try:
        edit_run(run, archived=request.POST.get("archived", "1") == "1")
    except ForesightError as error:
        messages.error(request, explained(error))
    return redirect(_next(request, reverse("run", args=[pk])))


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """`action` for the runs that are ticked, or for `everything` that `filters` let through."""
    action, back = request.POST.get("action", ""), _next(request, reverse("runs"))
    runs = _chosen(request)
    if action == "compare":
        return redirect(f"{reverse('compare')}?runs={','.join(map(str, runs[:COMPARED]))}")
    if runs and action in ASKED and request.POST.get("sure") != "1":
        return _question(request, action, runs, back)
    try:
        done = apply(request.user, action, runs, request.POST.get("tags", "").split(","))
    except ForesightError as error:
        messages.error(request, explained(error))
    else:
        say = messages.warning if done.left else messages.success
        say(request, f"{WORDS[action]}: {translated(done.words)}")
    return redirect(back)


def _chosen(request: HttpRequest) -> list[int]:
    if request.POST.get("everything") != "1":
        return numbers_of(request.POST.getlist("runs"))
    filters = Filters.of(QueryDict(request.POST.get("filters", "")))
    return list(matching(request.user, filters).values_list("pk", flat=True))


def _question(request: HttpRequest, action: str, runs: list[int], back: str) -> HttpResponse:
    mine = Run.objects.owned_by(request.user).for_rows().filter(pk__in=runs).with_kept()
    named = list(mine.order_by("-created")[:NAMED])
    context: dict[str, Any] = {
        "action": action,
        "runs": ",".join(map(str, runs)),
        "count": len(runs),
        "named": named,
        "more": max(0, len(runs) - NAMED),
        "next": back,
        "button": _("Delete for good") if action == "delete" else _("Cancel the runs"),
    }
    return render(request, "runs/question.html", context)


def _next(request: HttpRequest, usual: str) -> str:
    """Where the person came from, when that is a page of this site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if here else usual
