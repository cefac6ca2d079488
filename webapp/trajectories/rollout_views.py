"""All rollouts of a run: the list that is filtered and searched, cuts of what was found, files of a selection."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from training.contract.patterns import KEYWORDS
from webapp.runs.access import own_run
from webapp.runs.models import Run
from webapp.runs.names import safe_name
from webapp.trajectories.excerpts import excerpts
from webapp.trajectories.export import JSON_LINES, MOST_EXPORTED, selection_lines
from webapp.trajectories.listing import reason_choices
from webapp.trajectories.models import IndexedRollout
from webapp.trajectories.reasons import KINDS, KINDS_OF
from webapp.trajectories.rollout_filters import MARKED, SORTS, WHERE, RolloutFilters, read_filters
from webapp.trajectories.rollout_rows import rollout_rows
from webapp.trajectories.rollout_search import PER_PAGE, Found, indexed, keys_in_order, search
from webapp.trajectories.ruler import CLASSES


@require_safe
def rollouts(request: HttpRequest, pk: int) -> HttpResponse:
    """`?q=` words, and every other part of RolloutFilters; `?page=`."""
    run = own_run(request.user, pk)
    filters, errors = read_filters(request.GET)
    asked = request.GET.get("page", "1")
    found = search(run, request.user, filters, int(asked) if asked.isdecimal() and len(asked) < 9 else 1)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "run": run,
        "filters": filters,
        "errors": errors,
        "found": found,
        "page": Paginator(range(found.total), PER_PAGE).get_page(found.number),
        "rows": rollout_rows(run, request.user, found.rows),
        "indexed": indexed(run),
        "query": query.urlencode(),
        "exported": min(found.total, MOST_EXPORTED),
        "most_exported": MOST_EXPORTED,
        "excerpts_data": _asked_excerpts(run, filters, found),
        **_choices(run),
    }
    return render(request, "trajectories/rollouts.html", context)


@require_safe
def rollout_excerpts(request: HttpRequest, pk: int) -> HttpResponse:
    """`?q=`, `?where=` and `?key=` of some rollouts: where each holds the words."""
    run = own_run(request.user, pk)
    filters, _ = read_filters(request.GET)
    rows = IndexedRollout.objects.of_run(run).filter(pk__in=_keys(request)[:PER_PAGE])
    found = excerpts(run, list(rows.select_related("rollout__group")), filters.q, filters.where)
    return JsonResponse({str(key): asdict(cut) for key, cut in found.items()})


@require_safe
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rollouts that the filters find, in their order, or those of `?key=`, as JSON lines."""
    run = own_run(request.user, pk)
    filters, _ = read_filters(request.GET)
    keys = _keys(request)
    if "key" not in request.GET:
        keys, _more = keys_in_order(run, request.user, filters, MOST_EXPORTED)
    if not keys:
        raise Http404("No rollout is chosen.")
    name = f"{safe_name(run.name)}-{len(keys)}-rollouts.jsonl"
    return StreamingHttpResponse(
        selection_lines(run, request.user, keys),
        content_type=JSON_LINES,
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


def _keys(request: HttpRequest) -> list[int]:
    given = request.GET.getlist("key")[:MOST_EXPORTED]
    return [int(key) for key in given if key.isdecimal() and len(key) < 19]


def _choices(run: Run) -> dict[str, Any]:
    kinds = {kind: KINDS[kind] for kind in KINDS_OF.get(run.method, tuple(KINDS))}
    return {
        "where_choices": WHERE,
        "marked_choices": MARKED,
        "sorts": {key: label for key, (label, _) in SORTS.items() if key != "hardest" or "token" in kinds},
        "kinds": kinds,
        "of_tokens": "token" in kinds,
        "reasons": reason_choices(kinds),
        "classes": CLASSES,
        "patterns": tuple(KEYWORDS),
    }


def _asked_excerpts(run: Run, filters: RolloutFilters, found: Found) -> dict[str, Any] | None:
    """What the page's script asks for once the list stands."""
    if not filters.q or not found.rows:
        return None
    return {"q": filters.q, "where": filters.where, "keys": [row.pk for row in found.rows]}
