"""Evaluations and their scores: projections of events, made again from the spool at will.

An evaluation belongs to a run that made it on the way (`run`, `attempt`, no `job`), or to a job of its
own (`job`), which may measure a checkpoint of a run (`run`, `step`) or any other model.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.jobs.models import Job
from webapp.runs.models import Run


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def owned_by(self, user: Any) -> EvaluationQuerySet:
        return self.filter(owner=user)

    def done(self) -> EvaluationQuerySet:
        """Those that have their scores."""
        return self.exclude(positions="")

    def of_a_run(self, run: Any) -> EvaluationQuerySet:
        """Those the run itself made, by attempt and step."""
        return self.filter(run=run, job=None).order_by("attempt", "step")

    def with_scores(self) -> EvaluationQuerySet:
        return self.select_related("run", "job").prefetch_related("scores")


class Evaluation(models.Model):
    """One model on one set of positions."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evaluations")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="evaluations")
    job = models.OneToOneField(
        Job, on_delete=models.CASCADE, null=True, blank=True, related_name="evaluation"
    )
    attempt = models.PositiveIntegerField(default=0)  # of the run that made it; 0: a job of its own
    step = models.PositiveIntegerField(default=0)  # GRPO steps the weights have seen
    model = models.CharField(max_length=255)  # what it is called
    positions = models.CharField(max_length=32, blank=True)  # names the set of positions; "": not done yet
    parameters = models.PositiveBigIntegerField(default=0)
    weights_sha256 = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=255, blank=True)  # the model whose entropy makes the splits
    temperature = models.FloatField(default=0.0)
    prompt = models.CharField(max_length=32, blank=True)
    max_response_tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    done = models.PositiveIntegerField(default=0)  # progress of the job: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=40, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = EvaluationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "attempt", "step"], condition=models.Q(job=None), name="evaluation_of_run_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["owner", "-created"], name="evaluation_owner_created")]

    def __str__(self) -> str:
        return f"{self.model}, step {self.step}"

    @property
    def label(self) -> str:
        """What a table calls it: the run and its step, or the model."""
        return self.model if self.run is None else f"{self.run.name}, step {self.step:,}"


class Score(models.Model):
    """One mode on one split. The fields are those of training.contract.evaluation_result.SplitScore."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="scores")
    mode = models.CharField(max_length=10)
    split = models.CharField(max_length=8)
    n = models.PositiveIntegerField()  # positions
    samples = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()  # right responses, of n x samples
    accuracy = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    pass_at = models.JSONField(default=dict)
    format_share = models.FloatField(null=True)
    truncated = models.FloatField(null=True)
    mean_length = models.FloatField(null=True)
    patterns = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evaluation", "mode", "split"], name="score_once")
        ]

    @property
    def asked(self) -> int:
        """Responses that were judged."""
        return self.n * self.samples
