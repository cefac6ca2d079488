"""The language of a websocket: no middleware of Django's sees it."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_from_request


def language_of_scope(scope: Mapping[str, Any]) -> str:
    """What a page that asked with the same cookies and headers would be in."""
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope.get("headers", ())}
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("accept-language", "")
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(settings.LANGUAGE_COOKIE_NAME)
    except CookieError:
        morsel = None
    if morsel:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = morsel.value
    return str(get_language_from_request(request))
