"""The pages of the papers' own tables and figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from webapp.compare.chosen import MAX_RUNS, chosen_runs, run_lines_of
from webapp.papers.panels import offered_runs, panels
from webapp.papers.table2 import tables_of


@require_safe
def after_rlvr(request: HttpRequest) -> HttpResponse:
    """Table 2: before and after verifiable rewards, by what the run began with. `?set=` names the problem set."""
    found = tables_of(request.user)
    wanted = request.GET.get("set", "")
    chosen = next((table for table in found.tables if table.key == wanted), None)
    table = chosen or (found.tables[0] if found.tables else None)
    return render(request, "papers/table2.html", {"found": found, "table": table})


@require_safe
def three_panels(request: HttpRequest) -> HttpResponse:
    """`?runs=1,2`: several runs overlaid, each in its own colour; without runs they can be chosen."""
    chosen = chosen_runs(request.user, request.GET)
    runs = [run for run in chosen.runs if not run.is_supervised]
    lines = run_lines_of(chosen, timezone.now())
    shown = [line for line in lines if line.run in runs]
    tiles = panels(runs)
    context = {
        "chosen": chosen,
        "lines": shown,
        "left_out": [run for run in chosen.runs if run.is_supervised],
        "tiles": tiles if runs else [],
        "offered": offered_runs(request.user),
        "numbers": {run.pk for run in chosen.runs},
        "most": MAX_RUNS,
        "panels_data": {
            "runs": [{"id": line.run.pk, "name": line.run.name, "slot": line.slot} for line in shown],
            "active": any(not line.run.job.ended for line in shown),
            "tiles": [tile.key for tile in tiles],
            "url": reverse("compare-series"),
        },
    }
    return render(request, "papers/panels.html", context)
