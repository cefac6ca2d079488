"""What happened to runs, what comes where, and webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foresight.models import Changed, DeliveryOut, NotificationOut, WebhookMade, WebhookOut, WishesOut
from foresight.resources.base import Resource


class Notifications(Resource):
    def list(self, *, unread: bool = False) -> Iterator[NotificationOut]:
        """Newest first."""
        return self._pages("/notifications", NotificationOut, {"unread": unread})

    def read(self, notification: int) -> Changed:
        """Mark it as read."""
        path = f"/notifications/{notification}/read"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))

    def read_all(self) -> Changed:
        return Changed.model_validate(self._transport.json("POST", "/notifications/read", repeatable=True))

    def settings(self) -> WishesOut:
        """Which events come in the page and which by e-mail."""
        return WishesOut.model_validate(self._transport.json("GET", "/notification-settings"))

    def choose(self, *, page: Sequence[str], email: Sequence[str] = (), address: str = "") -> WishesOut:
        """All that is to come from now on. Events: finished, failed, stalled, collapse."""
        body = {"page": [*page], "email": [*email], "address": address}
        found = self._transport.json("PUT", "/notification-settings", json=body, repeatable=True)
        return WishesOut.model_validate(found)


class Webhooks(Resource):
    def list(self) -> tuple[WebhookOut, ...]:
        return tuple(WebhookOut.model_validate(one) for one in self._transport.json("GET", "/webhooks"))

    def make(self, url: str, events: Sequence[str]) -> WebhookMade:
        """A new webhook; `secret` of the answer is shown this once."""
        body = {"url": url, "events": [*events]}
        return WebhookMade.model_validate(self._transport.json("POST", "/webhooks", json=body))

    def delete(self, webhook: int) -> None:
        self._transport.send("DELETE", f"/webhooks/{webhook}")

    def test(self, webhook: int) -> DeliveryOut:
        """Put a test on its way; `deliveries` says what came of it."""
        return DeliveryOut.model_validate(self._transport.json("POST", f"/webhooks/{webhook}/test"))

    def deliveries(self, webhook: int) -> tuple[DeliveryOut, ...]:
        """What was sent there, newest first."""
        found = self._transport.json("GET", f"/webhooks/{webhook}/deliveries")
        return tuple(DeliveryOut.model_validate(one) for one in found)
