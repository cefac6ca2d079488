"""The language that an account has chosen: pages are in it on every device, and so are messages sent by mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from webapp.accounts.models import Language


def keep_language(user: Any, language: str) -> None:
    """Remember a user's choice."""
    Language.objects.update_or_create(user=user, defaults={"code": language})


def language_of(user: Any) -> str:
    """The language a user has chosen; the site's own where none was."""
    chosen = Language.objects.filter(user_id=user.pk).values_list("code", flat=True).first()
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def restore_language(user: Any, response: HttpResponse) -> None:
    """Give a browser that has just signed in the language that the account has chosen, if it has one."""
    chosen = Language.objects.filter(user_id=user.pk).values_list("code", flat=True).first()
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
