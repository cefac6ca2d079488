"""Samples of judged pairs, what people say of them, and runs that were judged again.

A pair's texts are copied when the sample is drawn: it stays readable when the run's rollouts are gone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.contract.rejudge_result import RejudgeResult
from webapp.jobs.models import Job
from webapp.runs.models import Run


class AuditQuerySet(models.QuerySet["Audit"]):
    def owned_by(self, user: Any) -> AuditQuerySet:
        return self.filter(run__owner=user)

    def open_to(self, user: Any) -> AuditQuerySet:
        """Those a person may answer: of own runs, and those the person was invited to."""
        return self.filter(Q(run__owner=user) | Q(readers=user)).distinct()


class Audit(models.Model):
    """A sample of a run's judged pairs."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="audits")
    number = models.PositiveIntegerField()  # of the run's samples, from 1; also what it was drawn with
    judged = models.PositiveIntegerField()  # judged pairs it was drawn from
    strata = models.JSONField()  # {name of the stratum: judged pairs in it}
    invitation = models.CharField(max_length=43, blank=True, db_index=True)  # secret; "": nobody is invited
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="invited_audits")
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = AuditQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "number"], name="audit_once")]

    def __str__(self) -> str:
        return f"Sample {self.number}"


class AuditPair(models.Model):
    """One judged pair of a sample."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="pairs")
    place = models.PositiveIntegerField()  # in the queue, from 0
    stratum = models.CharField(max_length=24)
    step = models.PositiveIntegerField()
    group = models.PositiveIntegerField()
    sample = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)  # training.records.TaskKind
    rule = models.CharField(max_length=8)
    context = models.TextField()  # its last characters
    following = models.TextField(blank=True)  # the segment after the gap, in MSR
    reference = models.TextField()
    predicted = models.TextField()
    call = models.CharField(max_length=9)  # training.contract.rejudge_result.Call
    reply = models.TextField(blank=True)  # the judge's
    judge = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["audit", "place"], name="audit_pair_once")]


class AuditAnswer(models.Model):
    """What one person says of one pair."""

    class Answer(models.TextChoices):
        RIGHT = "right", gettext_lazy("Right")
        WRONG = "wrong", gettext_lazy("Wrong")
        SKIPPED = "skipped", gettext_lazy("Skipped")

    pair = models.ForeignKey(AuditPair, on_delete=models.CASCADE, related_name="answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="audit_answers")
    answer = models.CharField(max_length=8, choices=Answer)
    answered = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pair", "user"], name="audit_answer_once")]


class RejudgingQuerySet(models.QuerySet["Rejudging"]):
    def owned_by(self, user: Any) -> RejudgingQuerySet:
        return self.filter(run__owner=user)

    def with_job(self) -> RejudgingQuerySet:
        return self.select_related("job", "run", "run__job")


class Rejudging(models.Model):
    """A run's stored predictions, judged again by a job of its own."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rejudgings")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="rejudging")
    rule = models.CharField(max_length=8)
    judge = models.JSONField()  # JudgeConfig
    done = models.PositiveIntegerField(default=0)  # progress: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=24, blank=True)
    result = models.JSONField(default=dict, blank=True)  # RejudgeResult; empty until finished
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = RejudgingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.judge_label}, {self.rule}"

    @property
    def judge_label(self) -> str:
        """Who is asked: kind and model."""
        model = self.judge.get("model") or (_("start weights") if self.judge["kind"] == "local" else "")
        return f"{self.judge['kind']} {model}".strip()

    @property
    def typed_result(self) -> RejudgeResult | None:
        return RejudgeResult.model_validate(self.result) if self.result else None
