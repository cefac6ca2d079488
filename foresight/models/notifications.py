"""Notifications, where they go, webhooks."""

from __future__ import annotations

from datetime import datetime

from foresight.models.base import Record


class NotificationOut(Record):
    """Something that happened to a run."""

    id: int
    event: str  # finished, failed, stalled or collapse
    title: str
    detail: str
    run: int
    run_name: str
    attempt: int
    step: int
    created: datetime
    read: datetime | None


class WishesOut(Record):
    """Which events come where."""

    page: tuple[str, ...]
    email: tuple[str, ...]
    address: str
    email_on: bool


class WebhookOut(Record):
    id: int
    url: str
    events: tuple[str, ...]
    created: datetime


class WebhookMade(WebhookOut):
    secret: str


class DeliveryOut(Record):
    """One event on its way to a webhook."""

    id: int
    event: str
    state: str  # waiting, delivered or failed
    attempts: int
    status: int | None
    said: str
    created: datetime
    ended: datetime | None
