"""What the bar on top of every page knows of notifications."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from webapp.notifications.models import Notification


def bell(request: HttpRequest) -> dict[str, Any]:
    """`bell`: how many notifications are `unread`, and the number of the `newest`. Read when a page draws it."""
    return {"bell": SimpleLazyObject(lambda: _bell(request))}


def _bell(request: HttpRequest) -> dict[str, int]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"unread": 0, "newest": 0}
    found = Notification.objects.owned_by(user).unread().aggregate(unread=Count("pk"), newest=Max("pk"))
    return {"unread": found["unread"], "newest": found["newest"] or 0}
