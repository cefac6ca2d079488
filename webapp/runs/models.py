"""Training runs and what their events brought: metric points, rollout index, checkpoints.

A run is shown through its job's state. Rows here are projections of the job's events and can be
made again from the spool.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.settings.methods import SUPERVISED_KINDS
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.runs.queries import CheckpointQuerySet, MetricPointQuerySet, RolloutGroupQuerySet

MAIN_METRICS = {"sft": "sft/loss", "ntp": "control/loss"}
"""Of methods without a reward."""


class RunQuerySet(models.QuerySet["Run"]):
    def owned_by(self, user: Any) -> RunQuerySet:
        return self.filter(owner=user)

    def with_job(self) -> RunQuerySet:
        return self.select_related(
            "job", "experiment", "experiment__corpus", "control_of", "start_checkpoint__run"
        )


class Run(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="run")
    name = models.CharField(max_length=120)
    config = models.JSONField()  # the ExperimentConfig as launched
    colour = models.PositiveSmallIntegerField(default=0)  # slot in the run palette
    step = models.PositiveIntegerField(default=0)
    steps_asked = models.PositiveIntegerField(default=0)
    stage = models.CharField(max_length=16, blank=True)
    stage_done = models.PositiveIntegerField(default=0)
    stage_total = models.PositiveIntegerField(default=0)
    stage_unit = models.CharField(max_length=24, blank=True)
    seconds_per_step = models.FloatField(null=True, blank=True)  # mean of the latest steps, for the ETA
    last_reward = models.FloatField(null=True, blank=True)
    last_event = models.DateTimeField(null=True, blank=True)
    start_weights_sha256 = models.CharField(max_length=64, blank=True)  # the weights it began with
    start_checkpoint = models.ForeignKey(
        "Checkpoint", on_delete=models.SET_NULL, null=True, blank=True, related_name="children"
    )
    control_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="controls"
    )
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = RunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [models.Index(fields=["owner", "-created"], name="run_owner_created")]

    def __str__(self) -> str:
        return self.name

    @property
    def typed(self) -> ExperimentConfig:
        return parse_experiment(self.config)

    @cached_property
    def control_runs(self) -> list[Run]:
        """Its supervised controls, newest first."""
        return list(Run.objects.filter(control_of=self).select_related("job").order_by("-created"))

    @property
    def method(self) -> str:
        """The kind of its method. As stored: a run of an older schema has its answer too."""
        return str(self.config.get("method", {}).get("kind", "rpt"))

    @property
    def is_control(self) -> bool:
        """Whether it is supervised next-token training."""
        return self.method == "ntp"

    @property
    def is_supervised(self) -> bool:
        """Whether it has a loss and no rollouts: no reward, no groups."""
        return self.method in SUPERVISED_KINDS

    @property
    def main_metric(self) -> str:
        """The metric that says how it does: what lists of runs show."""
        return MAIN_METRICS.get(self.method, "reward/mean")

    @property
    def folder_path(self) -> Path:
        """The run folder of training: what paths in its events are relative to."""
        return Path(settings.HOME) / self.job.folder


class MetricPoint(models.Model):
    """One scalar. Of several attempts at a step the latest counts; the others are its ghost."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="points")
    key = models.CharField(max_length=120)
    attempt = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    value = models.FloatField()
    time = models.DateTimeField()

    objects: ClassVar[Any] = MetricPointQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "key", "attempt", "step"], name="point_once")
        ]
        indexes: ClassVar = [models.Index(fields=["run", "key", "step"], name="point_series")]


class RolloutGroup(models.Model):
    """Index row of one group: where its frame lies, and what a list of groups shows."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="groups")
    attempt = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    group = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, default="token")  # training.records.TaskKind
    file = models.CharField(max_length=120)
    offset = models.PositiveBigIntegerField()
    length = models.PositiveIntegerField()
    document = models.PositiveIntegerField()
    byte_start = models.PositiveBigIntegerField()
    entropy = models.FloatField()
    context_tail = models.TextField()
    truth = models.TextField()
    mean_reward = models.FloatField()

    objects: ClassVar[Any] = RolloutGroupQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "attempt", "step", "group"], name="group_once")
        ]


class Rollout(models.Model):
    """Index row of one rollout; its text lies in the group's frame."""

    group = models.ForeignKey(RolloutGroup, on_delete=models.CASCADE, related_name="rollouts")
    sample = models.PositiveIntegerField()
    reward = models.FloatField()
    advantage = models.FloatField()
    reason = models.CharField(max_length=16)
    length = models.PositiveIntegerField()  # response tokens

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "sample"], name="rollout_once")]


class Checkpoint(models.Model):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    attempt = models.PositiveIntegerField()
    step = models.PositiveIntegerField()
    path = models.CharField(max_length=255)  # folder relative to the run folder
    bytes = models.PositiveBigIntegerField()  # of the whole folder, resume state included
    weights_sha256 = models.CharField(max_length=64)
    files = models.JSONField(default=list)  # the Hugging Face files: path, bytes, sha256
    reward = models.FloatField(null=True, blank=True)
    best_by = models.CharField(max_length=120, blank=True)  # the metric that `score` is of
    score = models.FloatField(null=True, blank=True)
    weights_only = models.BooleanField(default=False)  # kept for its score, without the state to resume
    removed = models.BooleanField(default=False)
    created = models.DateTimeField()

    objects: ClassVar[Any] = CheckpointQuerySet.as_manager()

    @property
    def reference(self) -> str:
        """How an experiment names it: see `runs.references`."""
        return f"run:{self.run_id}/step:{self.step}"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "step", "attempt"], name="checkpoint_once")
        ]
        ordering: ClassVar = ["-step"]
