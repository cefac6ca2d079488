"""Pages of runs: home, the list, one run with its tabs, and the parts of it that are kept fresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from webapp.runs.access import own_run
from webapp.runs.first_steps import first_steps, has_launched
from webapp.runs.groups import steps_page, worst_groups
from webapp.runs.home import home_of
from webapp.runs.listing import Filters, choices_of, listed, numbers_of
from webapp.runs.log import log_attempts, log_tail
from webapp.runs.models import Run
from webapp.runs.page import cancel_context, head_context, overview_context, verdict_context
from webapp.runs.rows import run_rows
from webapp.runs.time_left import demo_seconds


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What goes on; to somebody who has run at most the demo the steps to a run of their own."""
    context: dict[str, Any] = {"home": home_of(request.user, timezone.now())}
    if context["home"].empty:
        context["demo_seconds"] = demo_seconds(request.user)
    if not has_launched(request.user):
        context["steps"] = first_steps(request.user)
    return render(request, "runs/home.html", context)


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """`?with=1,2` ticks runs, those that stand on another page too."""
    filters = Filters.of(request.GET)
    page = listed(request.user, filters, request.GET.get("page"))
    chosen = numbers_of(request.GET.getlist("with"))
    here = {run.pk for run in page.object_list}
    context = {
        "page": page,
        "chosen": chosen,
        "chosen_elsewhere": [number for number in chosen if number not in here],
        "carried": ",".join(map(str, chosen)),
        "rows": run_rows(page.object_list, timezone.now()),
        "filters": filters,
        "choices": choices_of(request.user, filters),
    }
    return render(request, "runs/list.html", context)


@require_safe
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`?tab=` overview, groups, config or log."""
    run = own_run(request.user, pk)
    tab = request.GET.get("tab", "overview")
    if tab not in _TABS:
        raise Http404(f"A run has no tab {tab!r}.")
    return render(request, f"runs/{tab}.html", {**head_context(run, tab), **_TABS[tab](request, run)})


@require_safe
def part(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A part of the run page as HTML, for a page that is open."""
    run = own_run(request.user, pk)
    if name not in _PARTS:
        raise Http404(f"A run page has no part {name!r}.")
    return render(request, f"runs/part_{name}.html", _PARTS[name](run))


def _overview(request: HttpRequest, run: Run) -> dict[str, Any]:
    return {**overview_context(run), "worst": worst_groups(run)}


def _groups(request: HttpRequest, run: Run) -> dict[str, Any]:
    page, rows = steps_page(run, request.GET.get("page"))
    worst = worst_groups(run)
    return {"page": page, "rows": rows, "worst": worst, "newest_step": worst[0].step if worst else 0}


def _config(request: HttpRequest, run: Run) -> dict[str, Any]:
    # As stored: a run of an older schema must stay readable.
    return {"yaml": yaml.safe_dump(run.config, sort_keys=False, allow_unicode=True)}


def _log(request: HttpRequest, run: Run) -> dict[str, Any]:
    attempts = log_attempts(run)
    asked = request.GET.get("attempt", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in attempts else run.job.attempt
    tail = log_tail(run, chosen)
    return {
        "attempts": attempts,
        "log": tail,
        "log_data": {"attempt": chosen, "end": tail.end, "newest": chosen == run.job.attempt},
    }


_TABS: dict[str, Callable[[HttpRequest, Run], dict[str, Any]]] = {
    "overview": _overview,
    "groups": _groups,
    "config": _config,
    "log": _log,
}
_PARTS: dict[str, Callable[[Run], dict[str, Any]]] = {
    "head": lambda run: head_context(run, ""),
    "cancel": cancel_context,
    "verdict": verdict_context,
    "worst": lambda run: {"run": run, "worst": worst_groups(run)},
    "stages": lambda run: {"run": run, **overview_context(run)},
}
