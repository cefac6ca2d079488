"""Evaluations and their scores: projections of events, made again from the spool at will.

An evaluation belongs to a run that made it on the way (`run`, `attempt`, no `job`), or to a job of its
own (`job`), which may measure a checkpoint of a run (`run`, `step`) or any other model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from training.contract.task_result import TaskResult
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Run


class MeasurementQuerySet(models.QuerySet["Any"]):
    """Reads that next tokens and tasks share."""

    def owned_by(self, user: Any) -> MeasurementQuerySet:
        return self.filter(owner=user)

    def of_a_run(self, run: Any) -> MeasurementQuerySet:
        """Those the run itself made, by attempt and step."""
        return self.filter(run=run, job=None).order_by("attempt", "step")

    def on_demand(self) -> MeasurementQuerySet:
        """Those that are jobs of their own."""
        return self.exclude(job=None)


class EvaluationQuerySet(MeasurementQuerySet):
    def done(self) -> EvaluationQuerySet:
        """Those that have their scores."""
        return self.exclude(positions="")

    def with_scores(self) -> EvaluationQuerySet:
        return self.select_related("run", "job").prefetch_related("scores")


class TaskEvaluationQuerySet(MeasurementQuerySet):
    def done(self) -> TaskEvaluationQuerySet:
        """Those that have their result."""
        return self.exclude(tasks="")

    def with_run(self) -> TaskEvaluationQuerySet:
        return self.select_related("run", "run__job", "job")


class Measurement(models.Model):
    """One model measured: by a run on its way, or by a job of its own."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)s")
    attempt = models.PositiveIntegerField(default=0)  # of the run that made it; 0: a job of its own
    step = models.PositiveIntegerField(default=0)  # GRPO steps the weights have seen
    model = models.CharField(max_length=255)  # what it is called
    done = models.PositiveIntegerField(default=0)  # progress of the job: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=40, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.model}, step {self.step}"

    @property
    def label(self) -> str:
        """What a table calls it: the run and its step, or the model."""
        return self.model if self.run is None else f"{self.run.name}, step {self.step:,}"


class Evaluation(Measurement):
    """One model on one set of positions."""

    positions = models.CharField(max_length=32, blank=True)  # names the set of positions; "": not done yet
    parameters = models.PositiveBigIntegerField(default=0)
    weights_sha256 = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=255, blank=True)  # the model whose entropy makes the splits
    temperature = models.FloatField(default=0.0)
    prompt = models.CharField(max_length=32, blank=True)
    max_response_tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)

    objects: ClassVar[Any] = EvaluationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "attempt", "step"], condition=models.Q(job=None), name="evaluation_of_run_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["owner", "-created"], name="evaluation_owner_created")]


class TaskEvaluation(Measurement):
    """One model on one set of tasks: held-out segments, problems with answers, or multiple choice."""

    what = models.CharField(max_length=10)  # task_result.TaskSet
    tasks = models.CharField(max_length=32, blank=True)  # names the set of tasks; "": not done yet
    source = models.CharField(max_length=255)  # what people call the set
    result = models.JSONField(default=dict, blank=True)  # task_result.TaskResult

    objects: ClassVar[Any] = TaskEvaluationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "attempt", "step"], condition=models.Q(job=None), name="tasks_of_run_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created"], name="tasks_owner_created"),
            models.Index(fields=["owner", "tasks"], name="tasks_owner_set"),
        ]

    @property
    def typed(self) -> TaskResult:
        """What was found. Of one that is not done there is none: raises pydantic's ValidationError."""
        return TaskResult.model_validate(self.result)

    @property
    def answers_path(self) -> Path | None:
        """The file of its answers; None where it has none, or it is not on this machine any more."""
        name = self.result.get("answers_file", "")
        if not name:
            return None
        folder = self.run.folder_path / "evaluations" if self.job is None else job_folder(self.job)
        path = folder / Path(name).name
        return path if path.is_file() else None


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
