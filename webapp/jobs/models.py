"""The truth about jobs: one row each, and the events that their spools brought in.

A job is one `python -m training ...` command supervised by a runner: a scan or a training run.
Rows change state through `transitions.py` alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    STARTING = "starting", _("Starting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Finished")
    FINISHED_SHORT = "finished_short", _("Finished short")  # said it was done, but did fewer steps than asked
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (State.SUCCEEDED, State.FINISHED_SHORT, State.FAILED, State.CANCELLED)
ACTIVE = (State.QUEUED, State.STARTING, State.RUNNING)


class Desired(models.TextChoices):
    RUN = "run"
    CANCEL = "cancel"


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> JobQuerySet:
        return self.filter(state__in=ACTIVE)

    def owned_by(self, user: Any) -> JobQuerySet:
        return self.filter(owner=user)

    def seen_by(self, person: Any) -> JobQuerySet:
        """The person's own, and those of every project that the person belongs to."""
        own = Q(owner=person.pk)
        return self.filter(own | Q(owner__project__memberships__user=person.pk))

    def in_line(self) -> JobQuerySet:
        """In the order in which queued jobs start, with `place`: what that order goes by."""
        found: JobQuerySet = self.with_place().order_by("place", "pk")
        return found

    def with_place(self) -> JobQuerySet:
        found: JobQuerySet = self.annotate(place=Coalesce("turn", "created"))
        return found


class Job(models.Model):
    kind = models.CharField(max_length=16)  # a key of registry.KINDS
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    folder = models.CharField(max_length=255)  # relative to settings.HOME
    arguments = models.JSONField(default=list)  # of `python -m training`, written by our services alone
    desired = models.CharField(max_length=8, choices=Desired, default=Desired.RUN)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED, db_index=True)
    attempt = models.PositiveIntegerField(default=0)  # 0: never started
    restarts = models.PositiveIntegerField(default=0)  # attempts that failed and were tried again
    max_restarts = models.PositiveIntegerField(default=3)  # failures in a row that are tried again
    failures = models.PositiveIntegerField(default=0)  # attempts in a row that ended without a new checkpoint
    not_before = models.DateTimeField(null=True, blank=True)  # back-off: no start earlier than this
    lease_until = models.DateTimeField(null=True, blank=True)
    host = models.CharField(max_length=255, blank=True)
    boot_id = models.CharField(max_length=64, blank=True)
    pid = models.PositiveIntegerField(null=True, blank=True)
    pid_started = models.FloatField(null=True, blank=True)
    cookie = models.CharField(max_length=64, blank=True)  # in the environment of every process of the attempt
    error = models.JSONField(default=dict, blank=True)  # message, field, remedy, retryable, log (last lines)
    created = models.DateTimeField(default=timezone.now)
    turn = models.DateTimeField(null=True, blank=True)  # moved in the queue: its place is as if created then
    started = models.DateTimeField(null=True, blank=True)  # of the first attempt
    finished = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = JobQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "kind", "state"], name="job_owner_state"),
            models.Index(fields=["kind", "finished"], name="job_kind_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Spool(models.Model):
    """How far the spool file of one attempt has been read into the database, in bytes."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="spools")
    attempt = models.PositiveIntegerField()
    offset = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "attempt"], name="spool_once")]


class JobEvent(models.Model):
    """One event of a job. `id` rises within a job: one writer at a time holds its lease, so it is the
    cursor that pages read after."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    attempt = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()  # within the attempt
    type = models.CharField(max_length=24)
    time = models.DateTimeField()
    payload = models.JSONField()  # the event as in training.contract.events

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "attempt", "seq"], name="event_once")]
        indexes: ClassVar = [
            models.Index(fields=["job", "id"], name="event_cursor"),
            models.Index(fields=["job", "type", "id"], name="event_type_cursor"),
        ]
