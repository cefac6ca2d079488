"""Who is asking: a token in the Authorization header. A browser that is signed in may read, not change."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.http import HttpAuthBase
from ninja.throttling import BaseThrottle

from webapp.accounts.tokens import bearer, find_token, note_use
from webapp.api.errors import FORBIDDEN, MISSING, UNAUTHORISED, Answer
from webapp.projects.middleware import PERSONAL, READING
from webapp.projects.models import Membership

PROJECT = "Foresight-Project"
"""The header that names the project to act in."""
_MAKE_ONE = "Make a token on the page API tokens and send it as `Authorization: Bearer <token>`."
_MINUTE = 60


class Token(HttpAuthBase):
    """A token of the page API tokens. Its owner becomes the request's person, and acts as the pages do.

    The header `Foresight-Project` names the project to act in; without it the request sees the person's own work.
    """

    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        """The user. Raises Answer with 401."""
        header = request.headers.get("Authorization", "")
        if header:
            request.person = request.user = _owner(header)
            _enter_project(request, request.headers.get(PROJECT, ""))
        elif not request.user.is_authenticated:
            raise _refused("The request names no API token.", _MAKE_ONE)
        elif request.method not in READING:
            raise _refused("A signed-in browser may only read here; changes need an API token.", _MAKE_ONE)
        return request.user


def _owner(header: str) -> Any:
    secret = bearer(header)
    if not secret:
        raise _refused("The Authorization header holds no token.", _MAKE_ONE)
    token = find_token(secret)
    if token is None:
        raise _refused(
            "The API token is not known: it was revoked, or copied in part.",
            "Make a new one on the page API tokens.",
        )
    if token.expires is not None and token.expires <= timezone.now():
        raise _refused(
            f"The API token {token.name!r} expired on {token.expires:%Y-%m-%d}.",
            "Make a new one on the page API tokens.",
        )
    note_use(token)
    return token.owner


def _enter_project(request: HttpRequest, number: str) -> None:
    """Raises Answer with 404 for a project of others, with 403 where a viewer would change something."""
    request.membership = None
    if not number or request.path.startswith(PERSONAL):
        return
    mine = Membership.objects.of_person(request.person)
    found = mine.filter(project=int(number)).first() if number.isdecimal() and len(number) < 12 else None
    if found is None:
        raise Answer(
            "There is no such project.",
            status=MISSING,
            field=PROJECT,
            remedy="Send the number of a project you belong to: GET /api/projects lists them.",
        )
    if found.only_looks and request.method not in READING:
        raise Answer(
            f"You are a viewer of {found.project.name}: you see everything and change nothing.",
            status=FORBIDDEN,
            remedy="Ask an owner of the project for another role.",
        )
    request.membership, request.user = found, found.project.account


def _refused(message: str, remedy: str) -> Answer:
    return Answer(message, status=UNAUTHORISED, remedy=remedy)


class PerUser(BaseThrottle):
    """So many requests a minute for each user. Every web process counts for itself: no request waits for a count."""

    @staticmethod
    def minute() -> tuple[int, float]:
        """The minute that is now, and the seconds that are left of it."""
        now = timezone.now().timestamp()
        return int(now // _MINUTE), _MINUTE - now % _MINUTE

    def allow_request(self, request: HttpRequest) -> bool:
        key = f"api-requests.{request.user.pk}.{self.minute()[0]}"
        cache.add(key, 0, 2 * _MINUTE)
        try:
            return bool(cache.incr(key) <= settings.API_REQUESTS_A_MINUTE)
        except ValueError:  # the cache was full and has dropped it
            return True

    def wait(self) -> float | None:
        return self.minute()[1]
