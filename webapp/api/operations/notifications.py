"""Notifications: what happened to runs, what comes where, webhooks and what was sent to them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from webapp.api.schemas.common import Changed, Page, paged, replies
from webapp.api.schemas.notifications import (
    DeliveryOut,
    NotificationOut,
    NotificationQuery,
    WebhookIn,
    WebhookMade,
    WebhookOut,
    WishesIn,
    WishesOut,
    delivery_out,
    notification_out,
    webhook_out,
    wishes_out,
)
from webapp.notifications.models import Notification, Webhook, wishes_of
from webapp.notifications.services.webhooks import make_webhook, send_test
from webapp.notifications.services.wishes import choose

router = Router(tags=["Notifications"])
A_PAGE = 50
CREATED, NO_CONTENT = 201, 204
SHOWN = 100


@router.get("/notifications", response=replies(Page[NotificationOut]), summary="List notifications")
def list_notifications(request: HttpRequest, query: Query[NotificationQuery]) -> Any:
    """What happened to your runs, newest first, 50 a page."""
    found = Notification.objects.owned_by(request.user).with_run()
    return paged(found.unread() if query.unread else found, query.page, A_PAGE, notification_out)


@router.post("/notifications/read", response=replies(Changed), summary="Mark all notifications as read")
def read_notifications(request: HttpRequest) -> Any:
    """Those that are unread now."""
    return _read(Notification.objects.owned_by(request.user).unread())


@router.post(
    "/notifications/{int:notification}/read", response=replies(Changed), summary="Mark a notification as read"
)
def read_notification(request: HttpRequest, notification: int) -> Any:
    """Marking it twice is no mistake."""
    mine = Notification.objects.owned_by(request.user)
    one = get_object_or_404(mine, pk=notification)
    return _read(mine.unread().filter(pk=one.pk))


@router.get("/notification-settings", response=replies(WishesOut), summary="Show what comes where")
def notification_settings(request: HttpRequest) -> Any:
    """Which events come in the page and which by e-mail; webhooks have their own."""
    return _wishes(request)


@router.put("/notification-settings", response=replies(WishesOut), summary="Choose what comes where")
def choose_notifications(request: HttpRequest, body: WishesIn) -> Any:
    """Takes the place of what was chosen before."""
    choose(request.user, body.page, body.email, body.address)
    return _wishes(request)


@router.get("/webhooks", response=replies(list[WebhookOut]), summary="List webhooks")
def list_webhooks(request: HttpRequest) -> Any:
    """Yours, newest first."""
    return [webhook_out(hook) for hook in Webhook.objects.owned_by(request.user)]


@router.post("/webhooks", response=replies(WebhookMade, status=CREATED), summary="Make a webhook")
def add_webhook(request: HttpRequest, body: WebhookIn) -> Any:
    """The answer holds the secret that signs its requests; it is shown this once.

    Each request is a POST of JSON with the headers `Foresight-Timestamp` and `Foresight-Signature: v1=<hex>`, the
    HMAC-SHA256 of the timestamp, a dot and the body under the secret.
    """
    hook, secret = make_webhook(request.user, body.url, body.events)
    return Status(CREATED, WebhookMade(**webhook_out(hook).model_dump(), secret=secret))


@router.delete(
    "/webhooks/{int:webhook}", response=replies(None, status=NO_CONTENT), summary="Remove a webhook"
)
def remove_webhook(request: HttpRequest, webhook: int) -> Any:
    """Nothing is sent there from then on."""
    _own(request, webhook).delete()
    return Status(NO_CONTENT, None)


@router.post(
    "/webhooks/{int:webhook}/test", response=replies(DeliveryOut, status=CREATED), summary="Test a webhook"
)
def try_webhook(request: HttpRequest, webhook: int) -> Any:
    """Puts a test on its way, signed like any other. Its deliveries say what came of it."""
    return Status(CREATED, delivery_out(send_test(_own(request, webhook))))


@router.get(
    "/webhooks/{int:webhook}/deliveries", response=replies(list[DeliveryOut]), summary="List deliveries"
)
def list_deliveries(request: HttpRequest, webhook: int) -> Any:
    """What was sent there, newest first, the latest hundred. An event is tried six times within three hours."""
    rows = _own(request, webhook).deliveries.select_related("notification", "webhook")
    return [delivery_out(one) for one in rows[:SHOWN]]


def _own(request: HttpRequest, pk: int) -> Webhook:
    hook: Webhook = get_object_or_404(Webhook.objects.owned_by(request.user), pk=pk)
    return hook


def _read(rows: Any) -> Changed:
    count = rows.update(read=timezone.now())
    return Changed(
        changed=bool(count), message=f"{count} marked as read." if count else "Nothing was unread."
    )


def _wishes(request: HttpRequest) -> WishesOut:
    user: Any = request.user
    return wishes_out(wishes_of(user), user.email, settings.EMAIL_ON)
