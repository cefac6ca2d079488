"""Whose session a key is, outside of Django's request cycle: for the upload guard and open websockets."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest


def user_of_session(key: str | None) -> AbstractBaseUser | AnonymousUser:
    """The user who is signed in with this session now; anonymous for an unknown, ended or stale one."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return get_user(request)


def session_key(cookie_header: str) -> str | None:
    """The session key inside a Cookie header, or None."""
    try:
        morsel = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel else None
