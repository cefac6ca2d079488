"""Sign-in attempts that have not proved good, which the throttle counts; tokens of the API; languages; quotas."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class SignInAttempt(models.Model):
    username = models.CharField(max_length=150)  # as typed, lower case
    address = models.CharField(max_length=64)  # of the client
    time = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["username", "address", "time"], name="attempt_window")]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def owned_by(self, user: Any) -> ApiTokenQuerySet:
        return self.filter(owner=user)


class ApiToken(models.Model):
    """What a program signs in with. The token itself is shown once and not kept: `digest` is its SHA-256."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)  # what it is for
    start = models.CharField(max_length=12)  # its first characters, to tell tokens apart
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(default=timezone.now)
    last_used = models.DateTimeField(null=True, blank=True)  # to the minute
    expires = models.DateTimeField(null=True, blank=True)  # None: never

    objects: ClassVar[Any] = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class Language(models.Model):
    """The language a user has chosen. Who has chosen none gets what the browser asks for."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="language")
    code = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.code


class Quota(models.Model):
    """The most jobs that a person may have queued or at work at once. Who has none may have any number."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quota")
    jobs = models.PositiveIntegerField()

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"{self.jobs} jobs"
