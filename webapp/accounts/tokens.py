"""Tokens of the API: made, found and revoked. A token is 256 random bits, so a plain hash of it is enough.

A password's hash is slow because passwords are guessed; nobody guesses these, and each request asks.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from training.contract.errors import ForesightError
from webapp.accounts.models import ApiToken

PREFIX = "fs_"
"""Begins every token, so that one in a log or a repository is known for what it is."""
MOST = 50
_SHOWN = len(PREFIX) + 6
_USE_NOTED = timedelta(minutes=1)


def make_token(owner: Any, name: str, days: int | None = None) -> tuple[ApiToken, str]:
    """A new token and its secret, which is kept nowhere. It expires after `days`; None: never.

    Raises:
        ForesightError: field `name`; it is empty, or the owner has too many tokens.
    """
    name = name.strip()
    if not name:
        raise ForesightError("A token needs a name.", field="name", remedy="Say what will use it.")
    if ApiToken.objects.owned_by(owner).count() >= MOST:
        raise ForesightError(
            f"There are {MOST} tokens already.", field="name", remedy="Revoke one that is not used any more."
        )
    secret, now = PREFIX + secrets.token_urlsafe(32), timezone.now()
    token: ApiToken = ApiToken.objects.create(
        owner=owner,
        name=name[:80],
        start=secret[:_SHOWN],
        digest=digest(secret),
        created=now,
        expires=None if days is None else now + timedelta(days=days),
    )
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """The token with this secret and an active owner, expired or not; None for a revoked or unknown one."""
    found: ApiToken | None = (
        ApiToken.objects.select_related("owner").filter(digest=digest(secret), owner__is_active=True).first()
    )
    return found


def note_use(token: ApiToken) -> None:
    """Keep when it was last used, to the minute: not each request needs a write."""
    now = timezone.now()
    if token.last_used is None or now - token.last_used > _USE_NOTED:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


def bearer(header: str) -> str:
    """The secret inside an Authorization header; "" when it holds none."""
    scheme, _, secret = header.strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
