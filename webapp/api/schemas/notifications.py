"""Notifications, what comes where, webhooks and their deliveries, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from webapp.api.schemas.common import PageQuery
from webapp.notifications.messages import title
from webapp.notifications.models import Delivery, Notification, Webhook, Wishes

EventName = Literal["finished", "failed", "stalled", "collapse"]


class NotificationQuery(PageQuery):
    unread: bool = Field(False, description="Unread ones alone.")


class NotificationOut(Schema):
    """Something that happened to a run. Each event comes once for each attempt."""

    id: int
    event: EventName = Field(description="`collapse`: a check of the verdict turned bad.")
    title: str
    detail: str = Field(description="Why, in a sentence.")
    run: int
    run_name: str
    attempt: int
    step: int
    created: datetime
    read: datetime | None


class WishesOut(Schema):
    """Which events come where."""

    page: list[EventName] = Field(description="Under the bell, and in the list of notifications.")
    email: list[EventName]
    address: str = Field(description="The e-mail address; empty for none.")
    email_on: bool = Field(description="Whether this site sends e-mail at all.")


class WishesIn(Schema):
    """All that is to come from now on."""

    page: list[EventName]
    email: list[EventName]
    address: str = ""


class WebhookIn(Schema):
    """A new webhook."""

    url: str = Field(description="A public https address.")
    events: list[EventName]


class WebhookOut(Schema):
    """An address that is sent events."""

    id: int
    url: str
    events: list[str]
    created: datetime


class WebhookMade(WebhookOut):
    """A new webhook with its secret, which is shown this once."""

    secret: str


class DeliveryOut(Schema):
    """One event on its way to a webhook."""

    id: int
    event: str = Field(description="An event, or `test`.")
    state: Literal["waiting", "delivered", "failed"] = Field(description="`failed`: given up.")
    attempts: int
    status: int | None = Field(description="Of the last HTTP answer.")
    said: str = Field(description="What was wrong at the last attempt.")
    created: datetime
    ended: datetime | None


def notification_out(one: Notification) -> NotificationOut:
    return NotificationOut(
        title=title(one),
        run=one.run_id,
        run_name=one.run.name,
        **{name: getattr(one, name) for name in ("event", "detail", "attempt", "step", "created", "read")},
        id=one.pk,
    )


def wishes_out(wishes: Wishes, address: str, email_on: bool) -> WishesOut:
    return WishesOut(page=wishes.page, email=wishes.email, address=address, email_on=email_on)


def webhook_out(hook: Webhook) -> WebhookOut:
    return WebhookOut(id=hook.pk, url=hook.url, events=hook.events, created=hook.created)


def delivery_out(one: Delivery) -> DeliveryOut:
    names = ("state", "attempts", "status", "said", "created", "ended")
    event = one.notification.event if one.notification else "test"
    return DeliveryOut(id=one.pk, event=event, **{name: getattr(one, name) for name in names})
