"""Notice an event of a run: its notification, and the deliveries that its owner has asked for."""

from __future__ import annotations

from django.db import transaction

from webapp.notifications.models import Delivery, Notification, Webhook, wishes_of
from webapp.runs.models import Run


def notice(run: Run, attempt: int, event: str, detail: str) -> bool:
    """True for the one caller that noticed it first; False where it is known already.

    Notification and deliveries are written together: either all are there or none is, and the next look tries again.
    """
    wishes = wishes_of(run.owner_id)
    with transaction.atomic():
        row, fresh = Notification.objects.get_or_create(
            run=run,
            attempt=attempt,
            event=event,
            defaults={
                "owner_id": run.owner_id,
                "detail": detail,
                "step": run.step,
                "in_page": event in wishes.page,
            },
        )
        if not fresh:
            return False
        hooks = [hook for hook in Webhook.objects.filter(owner=run.owner_id) if event in hook.events]
        ways: list[Webhook | None] = [*hooks, *([None] if event in wishes.email else [])]
        Delivery.objects.bulk_create(
            Delivery(notification=row, webhook=hook, owner_id=run.owner_id) for hook in ways
        )
    return True
