"""Choosing a language, and the words of the scripts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.utils.translation import override
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog, set_language

from webapp.accounts.languages import keep_language

_YEAR = 31_536_000


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Go back to the page in another language; a browser keeps the choice, and so does the account."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        keep_language(request.user, language)
    return response


@method_decorator(login_not_required, name="dispatch")
class ScriptWords(JavaScriptCatalog):
    """The words of the scripts in one language. The address changes with them, so browsers keep them."""

    def get(self, request: HttpRequest, language: str, version: str, **kwargs: Any) -> HttpResponse:
        with override(language):
            response = super().get(request, domain="djangojs", **kwargs)
        patch_cache_control(response, public=True, max_age=_YEAR, immutable=True)
        return response
