"""The page of thresholds: what the verdict on a person's runs is made by."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from training.contract.errors import ForesightError
from webapp.runs.limits import Limits
from webapp.runs.thresholds import limits_of, parse_limits, store_limits, thresholds
from webapp.runs.verdict import MIN_STEPS, WINDOW


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Shows and stores them; `reset` goes back to the usual ones."""
    user = cast(Any, request.user)
    error, given = None, {}
    if request.method == "POST":
        try:
            store_limits(user, Limits() if "reset" in request.POST else parse_limits(request.POST.dict()))
        except ForesightError as refused:
            error, given = refused, request.POST.dict()
        else:
            messages.success(request, _("The thresholds hold from now on, for all your runs."))
            return redirect("thresholds")
    rows = [
        {"threshold": one, "text": given.get(one.name, f"{one.value:g}"), "usual": f"{one.usual:g}"}
        for one in thresholds(limits_of(user.pk))
    ]
    context = {"rows": rows, "error": error, "window": WINDOW, "fewest": MIN_STEPS}
    return render(request, "runs/thresholds.html", context, status=400 if error else 200)
