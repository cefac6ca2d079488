"""The page that lays runs side by side, its curves as data, and its contexts as a part of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from training.contract.difficulty import THRESHOLDS
from training.contract.errors import ForesightError
from training.contract.metrics import CATALOGUE
from webapp.charts.views import step_of_address
from webapp.compare.chosen import MAX_RUNS, RunLine, chosen_runs, run_lines_of
from webapp.compare.contexts import GROUPS, shared_contexts
from webapp.compare.finals import WINDOW, baseline_keys, finals, tile_keys
from webapp.compare.overlay import Limits, group_lines, run_lines
from webapp.compare.scores import scores_of
from webapp.compare.settings_diff import differences, grouped
from webapp.compare.what_if import AS_USED, MOST_GROUPS, compare_rules, latest_steps, usual_range
from webapp.runs.models import MetricPoint, Run
from webapp.trajectories.rules import RULES
from webapp.words.sentences import translated

MAX_KEYS = 24
"""Metrics of one request for curves."""
MAX_SETTING = 120
"""Characters of a setting's name in the address."""


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """`?runs=1,2,3`, and what the page's own script keeps there: hidden runs, the pinned one, axes, a grouping."""
    chosen = chosen_runs(request.user, request.GET)
    if chosen.missing and not chosen.runs:
        raise Http404("None of these runs is there.")
    if not chosen.runs:
        return render(request, "compare/none.html")
    runs = _pinned_first(chosen.runs, request.GET.get("pin", ""))
    tiles, differing = tile_keys(runs), differences(runs)
    lines = run_lines_of(chosen, timezone.now())
    context = {
        "chosen": chosen,
        "most": MAX_RUNS,
        "lines": lines,
        "ordered": sorted(lines, key=lambda line: runs.index(line.run)),
        "differences": differing,
        "tiles": [CATALOGUE[key] for key in tiles],
        "finals": finals(runs, (*tiles, *baseline_keys(runs))),
        "window": WINDOW,
        "scores": scores_of(runs),
        "thresholds": THRESHOLDS,
        "what_if": _what_if_form(request, runs),
        "rules": RULES,
        "sampling": [run for run in chosen.runs if not run.is_supervised],
        "compare_data": _data(lines, tiles),
    }
    return render(request, "compare/page.html", context)


def _pinned_first(runs: Sequence[Run], pin: str) -> list[Run]:
    """The runs with the pinned one first: it is what the others are compared with."""
    return sorted(runs, key=lambda run: str(run.pk) != pin)


def _data(lines: Sequence[RunLine], tiles: Sequence[str]) -> dict[str, Any]:
    """What the page's script is told."""
    runs = [line.run for line in lines]
    keys = sorted(
        MetricPoint.objects.filter(run__in=runs).order_by().values_list("key", flat=True).distinct()
    )
    return {
        "runs": [{"id": line.run.pk, "name": line.run.name, "slot": line.slot} for line in lines],
        "active": any(not run.job.ended for run in runs),
        "tiles": tiles,
        "other": [key for key in keys if key not in tiles],
        "catalogue": {
            key: {"label": translated(metric.label), "unit": translated(metric.unit)}
            for key, metric in CATALOGUE.items()
        },
        "urls": {"series": reverse("compare-series")},
    }


def _what_if_form(request: HttpRequest, runs: Sequence[Run]) -> dict[str, Any] | None:
    """What stands in the form "Under another reward"; None where no run's stored groups can be judged anew."""
    steps = latest_steps(runs)
    if not steps:
        return None
    used = {run: run.config["method"].get("reward", "prefix") for run in steps}
    other = next((rule for rule in RULES if rule not in used.values()), next(iter(RULES)))
    first, last = usual_range(steps.values())
    chosen = {"rule": other, "than": AS_USED, "first": str(first), "last": str(last)}
    chosen |= {name: value for name in chosen if (value := request.GET.get(name))}
    return {**chosen, "latest": [(run, used[run], step) for run, (_first, step) in steps.items()]}


@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """`?runs=1,2&rule=dense&than=used&first=5&last=14`: each run under two rewards, as a part of the page."""
    chosen = chosen_runs(request.user, request.GET)
    if not chosen.runs:
        raise Http404("None of these runs is there.")
    rule, than = request.GET.get("rule", ""), request.GET.get("than", AS_USED)
    context: dict[str, Any] = {
        "names": {AS_USED: _("As used"), **RULES},
        "rule": rule,
        "than": than,
        "most": MOST_GROUPS,
    }
    try:
        usual = usual_range(latest_steps(chosen.runs).values())
        first, last = step_of_address(request, "first"), step_of_address(request, "last")
        steps = (usual[0] if first is None else first, usual[1] if last is None else last)
        context["found"] = compare_rules(chosen.runs, rule, than, *steps)
    except ForesightError as error:
        context["error"] = {"message": error.message, "remedy": error.remedy}
    return render(request, "compare/under_rules.html", context)


@require_safe
def series(request: HttpRequest) -> HttpResponse:
    """`?runs=1,2&key=a&key=b`, with `from`, `to` for a zoom, `times=1` for an axis of time, `group=<setting>`."""
    chosen = chosen_runs(request.user, request.GET)
    if not chosen.runs:
        raise Http404("None of these runs is there.")
    keys = list(dict.fromkeys(request.GET.getlist("key")))[:MAX_KEYS]
    try:
        limits = Limits(step_of_address(request, "from"), step_of_address(request, "to"))
    except ForesightError as error:
        return JsonResponse({"error": str(error)}, status=400)
    setting = request.GET.get("group", "")[:MAX_SETTING]
    if setting:
        groups = grouped(chosen.runs, setting)
        return JsonResponse({"groups": {key: group_lines(groups, key, limits) for key in keys}})
    times = request.GET.get("times") == "1"
    return JsonResponse({"series": {key: run_lines(chosen.runs, key, limits, times=times) for key in keys}})


@require_safe
def contexts(request: HttpRequest) -> HttpResponse:
    """`?one=1&other=2`: where one of the two runs wins and the other fails."""
    pair = [chosen_runs(request.user, _only(request, name)).runs for name in ("one", "other")]
    if not all(pair):
        raise Http404("A run of the pair is not there.")
    one, other = (runs[0] for runs in pair)
    context: dict[str, Any] = {"one": one, "other": other, "most": GROUPS}
    if one == other:
        context["error"] = {"message": "That is one and the same run.", "remedy": "Choose two."}
    else:
        try:
            context["found"] = shared_contexts(one, other)
        except ForesightError as error:
            context["error"] = {"message": error.message, "remedy": error.remedy}
    return render(request, "compare/contexts.html", context)


def _only(request: HttpRequest, name: str) -> Any:
    """The address with the run of one parameter."""
    query = request.GET.copy()
    query.setlist("runs", query.getlist(name)[:1])
    return query
