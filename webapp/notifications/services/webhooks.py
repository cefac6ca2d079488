"""Make, test and remove webhooks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from training.contract.errors import ForesightError
from webapp.notifications.models import EVENTS, Delivery, Webhook
from webapp.notifications.outbound import checked_url

MOST = 10
LONGEST = 500
PREFIX = "fsw_"
"""Begins every secret, so that one in a log is known for what it is."""


def make_webhook(owner: Any, url: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown once. Raises ForesightError: fields `url` and `events`."""
    url = url.strip()
    if len(url) > LONGEST:
        raise ForesightError("The address is too long.", field="url", remedy=f"Up to {LONGEST} characters.")
    checked_url(url)
    chosen = known_events(events)
    if not chosen:
        raise ForesightError("No event is chosen.", field="events", remedy="Choose what it is sent.")
    if Webhook.objects.owned_by(owner).count() >= MOST:
        raise ForesightError(f"There are {MOST} webhooks already.", field="url", remedy="Remove one first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    hook: Webhook = Webhook.objects.create(owner=owner, url=url, secret=secret, events=chosen)
    return hook, secret


def send_test(hook: Webhook) -> Delivery:
    """Put a test on its way: it arrives within seconds, or its row says why not."""
    return Delivery.objects.create(webhook=hook, owner_id=hook.owner_id)


def known_events(names: Sequence[str]) -> list[str]:
    """The events among the names, in their own order. Raises ForesightError, field `events`, for an unknown one."""
    unknown = [name for name in names if name not in EVENTS]
    if unknown:
        raise ForesightError(
            f"There is no event {unknown[0]!r}.", field="events", remedy=f"Choose of: {', '.join(EVENTS)}."
        )
    return [name for name in EVENTS if name in names]
