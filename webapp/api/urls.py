"""Addresses of the API, its description and its documentation."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from webapp.api.api import api
from webapp.api.docs import documentation
from webapp.api.errors import MISSING, NOT_ALLOWED, problem

View = Callable[..., HttpResponseBase]


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """No such address: said in the shape of every error, also to who has no session."""
    return problem(
        MISSING,
        f"The API has no address /api/{rest}.",
        remedy="See /api/docs for those it has, or /api/openapi.json.",
    )


def _own_errors(view: View) -> View:
    """The view without the redirect to the sign-in page, and its 405 in the shape of every error."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != NOT_ALLOWED:
            return response
        refusal = problem(NOT_ALLOWED, f"This address does not take {request.method}.")
        refusal.headers["Allow"] = response.headers["Allow"]
        return refusal

    return login_not_required(answered)


def _operations() -> list[Any]:
    patterns, _, _ = api.urls
    for pattern in patterns:
        pattern.callback = _own_errors(pattern.callback)
    root = path("", RedirectView.as_view(pattern_name="api-docs"), name="api-root")
    return [root, *(pattern for pattern in patterns if pattern.name != "api-root")]


urlpatterns = [
    path("docs/", documentation, name="api-docs"),
    path("", (_operations(), "ninja", api.urls_namespace)),
    path("<path:rest>", login_not_required(unknown)),
]
