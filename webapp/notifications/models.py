"""What people are told: one row for each run, attempt and event; and one for each delivery of it.

The rows are the truth. Notices are made beside the reconciler and never in training; two that notice the same
make one row. A delivery is claimed by a compare-and-swap and tried again until it is made or given up.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.runs.models import Run


class Event(models.TextChoices):
    """What happens to a run that somebody wants to know."""

    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed or stopped short")
    STALLED = "stalled", _("Stalled: no news for too long")
    COLLAPSE = "collapse", _("Turned unhealthy: a check of the verdict is bad")


EVENTS: tuple[str, ...] = tuple(str(value) for value in Event.values)
UNASKED_BY_EMAIL = ("failed", "stalled", "collapse")
"""What comes by e-mail until somebody chooses."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def owned_by(self, user: Any) -> NotificationQuerySet:
        return self.filter(owner=user, in_page=True)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read=None)

    def with_run(self) -> NotificationQuerySet:
        return self.select_related("run", "run__job").defer("run__config", "run__notes", "run__job__error")


class Notification(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="notifications")
    attempt = models.PositiveIntegerField()
    event = models.CharField(max_length=8, choices=Event)
    detail = models.TextField(blank=True)  # why, in a sentence
    step = models.PositiveIntegerField(default=0)  # of the run at that time
    in_page = models.BooleanField(default=True)  # False: wanted by e-mail or webhook alone
    created = models.DateTimeField(default=timezone.now)
    read = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = NotificationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "attempt", "event"], name="notification_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-id"], name="notification_list"),
            models.Index(fields=["owner"], condition=Q(read=None, in_page=True), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}, attempt {self.attempt}: {self.event}"


class Wishes(models.Model):
    """Which events a user wants in the page and by e-mail. Without a row: what `wishes_of` says."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    page = models.JSONField(default=list)
    email = models.JSONField(default=list)


def wishes_of(owner: Any) -> Wishes:
    """What the user (or their number) chose; what holds until then, unsaved and of nobody."""
    found: Wishes | None = Wishes.objects.filter(owner=owner).first()
    return found or Wishes(page=list(EVENTS), email=list(UNASKED_BY_EMAIL))


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def owned_by(self, user: Any) -> WebhookQuerySet:
        return self.filter(owner=user)


class Webhook(models.Model):
    """An address that is sent events. `secret` signs them: it is shown once, and kept because it signs."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=80)
    events = models.JSONField(default=list)
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = WebhookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One notification on its way to one webhook, or by e-mail where there is none. Without a notification: a test."""

    class State(models.TextChoices):
        WAITING = "waiting", _("On its way")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)  # not tried earlier; a claim moves it on
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # of the last HTTP answer
    said = models.CharField(max_length=300, blank=True)  # what was wrong at the last attempt
    created = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notification", "webhook"], name="delivery_once"),
            models.UniqueConstraint(
                fields=["notification"], condition=Q(webhook=None), name="delivery_by_email_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["due"], condition=Q(state="waiting"), name="delivery_due")]
