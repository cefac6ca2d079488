"""Sign-in attempts that have not proved good: what the throttle counts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SignInAttempt(models.Model):
    username = models.CharField(max_length=150)  # as typed, lower case
    address = models.CharField(max_length=64)  # of the client
    time = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["username", "address", "time"], name="attempt_window")]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
