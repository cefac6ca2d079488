"""Websockets from the site's own hosts alone.

Channels' validator asks the channel layer before it denies, so a Redis that is away would turn each
denial into an error. This one answers by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import is_same_domain

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class OwnOrigin:
    """Refuses a handshake whose Origin is missing or names a host that is none of ALLOWED_HOSTS."""

    def __init__(self, application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _allowed(dict(scope["headers"]).get(b"origin", b"").decode("latin-1")):
            await self.application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close"})


def _allowed(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    host = f"[{host}]" if ":" in host else host
    return bool(host) and any(
        pattern == "*" or is_same_domain(host, pattern) for pattern in settings.ALLOWED_HOSTS
    )
