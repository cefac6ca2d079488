"""Training runs and what their events brought: metric points, rollout index, checkpoints.

A run is shown through its job's state. Rows here are projections of the job's events and can be
made again from the spool.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.settings.methods import SUPERVISED_KINDS
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.runs.queries import (
    CheckpointQuerySet,
    MetricPointQuerySet,
    MetricRollupQuerySet,
    RolloutGroupQuerySet,
)
from webapp.runs.verdict import NO_SIGNAL

MAIN_METRICS = {"sft": "sft/loss", "ntp": "control/loss"}
"""Of methods without a reward."""
REWARD = "reward/mean"
"""Of the others."""
_LONG = ("notes", "job__arguments")


class RunQuerySet(models.QuerySet["Run"]):
    def owned_by(self, user: Any) -> RunQuerySet:
        return self.filter(owner=user)

    def with_job(self) -> RunQuerySet:
        return self.select_related(
            "job", "experiment", "experiment__corpus", "control_of", "start_checkpoint__run"
        )

    def for_rows(self) -> RunQuerySet:
        """What a row of a list shows, with `corpus_name`. Settings, which are long, are left where they are."""
        rows: RunQuerySet = self.select_related("job").annotate(corpus_name=models.F("corpus__name"))
        return rows.defer("config", *_LONG, "job__error")

    def with_kept(self) -> RunQuerySet:
        """Adds `kept`, the checkpoints that are still there, and `kept_bytes`, what they take."""
        there = models.Q(checkpoints__removed=False)
        counted: RunQuerySet = self.annotate(
            kept=models.Count("checkpoints", filter=there),
            kept_bytes=models.Sum("checkpoints__bytes", filter=there, default=0),
        )
        return counted

    def with_error(self) -> RunQuerySet:
        """Rows of runs that failed: why they did comes with them."""
        found: RunQuerySet = self.defer(None).defer("config", *_LONG)
        return found


class TagQuerySet(models.QuerySet["Tag"]):
    def of_runs(self, runs: Iterable[int]) -> dict[int, list[str]]:
        """The names of the tags of some runs: {run: names, sorted}; a run without any is left out."""
        found: dict[int, list[str]] = {}
        for run, name in self.filter(runs__in=list(runs)).order_by("name").values_list("runs", "name"):
            found.setdefault(run, []).append(name)
        return found


class Tag(models.Model):
    """A word that a person has put on runs. One without runs is removed."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    objects: ClassVar[Any] = TagQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="tag_once")]
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="run")
    name = models.CharField(max_length=120)
    config = models.JSONField()  # the ExperimentConfig as launched
    # As its settings and its experiment say; here because lists filter by them and read no settings.
    method_kind = models.CharField(max_length=8, default="rpt")
    corpus = models.ForeignKey(Corpus, on_delete=models.PROTECT, related_name="+")
    changed = models.JSONField(default=list)  # [[setting, value]] that differ from its preset
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
    health = models.CharField(max_length=4, blank=True)  # the worst check of the verdict: good, warn, bad
    health_note = models.CharField(max_length=400, blank=True)  # that check in words
    health_key = models.CharField(max_length=120, blank=True)  # the metric that is its evidence
    health_step = models.PositiveIntegerField(default=0)  # what it was judged at
    # What people say of it. Everything else here is written by the run's events.
    tags = models.ManyToManyField(Tag, related_name="runs", blank=True)
    notes = models.TextField(blank=True)
    starred = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)  # out of the way: not on home, in the list when asked for
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = RunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [
            # Rows are long; everything the list filters and sorts by is read from here.
            models.Index(
                fields=[
                    "owner", "-created", "archived", "job", "method_kind", "corpus", "starred", "step",
                    "last_reward", "name",
                ],
                name="run_owner_created",
            ),
            # Those that have gone on since they were judged: few, among many.
            models.Index(
                fields=["job"], condition=~models.Q(health_step=models.F("step")), name="run_to_judge"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is None:
            self.method_kind = self.method
            self.corpus_id = self.experiment.corpus_id
        super().save(*args, **kwargs)

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
        config = self.__dict__.get("config")  # a list of runs leaves it where it is
        return self.method_kind if config is None else str(config.get("method", {}).get("kind", "rpt"))

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
        return MAIN_METRICS.get(self.method, REWARD)

    @property
    def no_signal(self) -> bool:
        """Whether it was judged to have had no step with a signal: it has done its steps and learnt nothing."""
        return bool(self.health_note == NO_SIGNAL)

    @property
    def folder_path(self) -> Path:
        """The run folder of training: what paths in its events are relative to."""
        return Path(settings.HOME) / self.job.folder


class VerdictLimits(models.Model):
    """Where the checks of the verdict turn for a person's runs: what differs from `verdict.Limits`."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verdict_limits"
    )
    values = models.JSONField(default=dict)

    objects: ClassVar[Any] = models.Manager()


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


class MetricRollup(models.Model):
    """256 steps of one metric and attempt as spans, for charts of long runs: see `runs.rollups`."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rollups")
    key = models.CharField(max_length=120)
    attempt = models.PositiveIntegerField()
    start = models.PositiveIntegerField()  # first step that belongs here
    count = models.PositiveIntegerField()  # points
    first_step = models.PositiveIntegerField()  # that has a point
    last_step = models.PositiveIntegerField()
    by_16 = models.BinaryField()  # spans of 16 steps, packed
    by_64 = models.BinaryField()
    by_256 = models.BinaryField()

    objects: ClassVar[Any] = MetricRollupQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "key", "attempt", "start"], name="rollup_once")
        ]


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
        # A position over the steps, and all of a document's for the atlas.
        indexes: ClassVar = [models.Index(fields=["run", "document", "byte_start"], name="group_place")]


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
