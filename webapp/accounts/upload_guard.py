"""Raw ASGI in front of Django: large bodies come from people who are known, and end at the limit.

Django under ASGI spools a whole request body to disk before any view or middleware runs. What must
not fill the disk is therefore refused here, while it is still in the socket.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from webapp.accounts.sessions import session_key, user_of_session
from webapp.accounts.tokens import bearer, find_token

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FREE_BYTES = 2 * 1024 * 1024
"""Bodies up to this size need no session here: a sign-in form must pass."""
_TOO_LARGE = "The upload is larger than this server takes ({limit} MB). Split the file and upload its parts."
_SIGN_IN = "Sign in before you upload a file."
_API = "/api/"


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class UploadGuard:
    """Answers 403 or 413 before the body is read; counts the bytes of a body that gives no length."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.application(scope, receive, send)
            return
        try:
            allowed = await _allowed_bytes(scope)
            await self.application(scope, _counted(scope, receive, allowed), send)
        except _Refused as refusal:
            # Only reading the body raises it, and Django answers after it has read the body.
            await _answer(scope, send, refusal)


def _header(scope: Scope, name: bytes) -> str:
    return b"; ".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


def _too_large() -> _Refused:
    return _Refused(413, _TOO_LARGE.format(limit=settings.MAX_UPLOAD_BYTES // (1024 * 1024)))


@database_sync_to_async
def _signed_in(scope: Scope) -> bool:
    """Whether the request has a session, or a token of the API that holds."""
    secret = bearer(_header(scope, b"authorization"))
    if secret:
        token = find_token(secret)
        return token is not None and not token.expired
    return bool(user_of_session(session_key(_header(scope, b"cookie"))).is_authenticated)


async def _allowed_bytes(scope: Scope) -> int:
    """How many bytes of body may be read for now: the free part, or what a signed-in person may send."""
    length = _header(scope, b"content-length")
    declared = int(length) if length.isascii() and length.isdigit() else 0
    if declared > settings.MAX_UPLOAD_BYTES:
        raise _too_large()
    if declared <= FREE_BYTES:
        return FREE_BYTES
    if not await _signed_in(scope):
        raise _Refused(403, _SIGN_IN)
    return int(settings.MAX_UPLOAD_BYTES)


def _counted(scope: Scope, receive: Receive, allowed: int) -> Receive:
    """`receive` that raises _Refused once the body is longer than allowed."""
    seen = 0
    limit = allowed

    async def counted() -> Message:
        nonlocal seen, limit
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit and limit < settings.MAX_UPLOAD_BYTES:  # a body without a length grew large
            if not await _signed_in(scope):
                raise _Refused(403, _SIGN_IN)
            limit = int(settings.MAX_UPLOAD_BYTES)
        if seen > limit:
            raise _too_large()
        return message

    return counted


async def _answer(scope: Scope, send: Send, refusal: _Refused) -> None:
    body, kind = refusal.text.encode(), b"text/plain; charset=utf-8"
    if scope["path"].startswith(_API):  # the shape of every error of the API
        problem = {"error": refusal.text, "field": "file", "remedy": "", "retryable": False, "errors": {}}
        body, kind = json.dumps(problem).encode(), b"application/json"
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the rest of the body is never read
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
