"""Metric curves of a run as JSON for charts and as CSV for people."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from training.contract.errors import ForesightError
from webapp.charts.export import csv_lines
from webapp.charts.load import load_series
from webapp.runs.access import own_run
from webapp.runs.names import safe_name

MAX_KEYS = 200


@require_safe
@gzip_page  # numbers alone: nothing secret stands beside what an address can choose
def series(request: HttpRequest, pk: int) -> HttpResponseBase:
    """`?key=a&key=b`, with `after_step=n` for what is newer, or `from=n&to=m` for a zoom."""
    run = own_run(request.user, pk)
    keys = list(dict.fromkeys(request.GET.getlist("key")))[:MAX_KEYS]
    try:
        after = step_of_address(request, "after_step")
        first, last = step_of_address(request, "from"), step_of_address(request, "to")
    except ForesightError as error:
        return JsonResponse({"error": str(error)}, status=400)
    if after is not None:
        first = after + 1 if first is None else max(first, after + 1)
    return JsonResponse({"run": run.pk, "series": load_series(run, keys, first=first, last=last)})


@require_safe
def csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Complete and raw: every metric, or those of `?key=`."""
    run = own_run(request.user, pk)
    keys = request.GET.getlist("key") or None
    name = f"{safe_name(run.name)}{'-' + safe_name(keys[0]) if keys and len(keys) == 1 else ''}.csv"
    return StreamingHttpResponse(
        csv_lines(run, keys),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


def step_of_address(request: HttpRequest, name: str) -> int | None:
    """A step of the address. Raises ForesightError for what is no whole number."""
    text = request.GET.get(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise ForesightError(f"{text!r} is not a step.", field=name, remedy="Give a whole number from 0.")
    return int(text)
