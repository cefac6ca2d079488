"""What was tried before a launch: probes of an experiment and tables of prompt templates."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.probe_result import ProbeResult
from training.contract.prompts_table import PromptsTable
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job


class ProbeQuerySet(models.QuerySet["Probe"]):
    def owned_by(self, user: Any) -> ProbeQuerySet:
        return self.filter(owner=user)

    def with_job(self) -> ProbeQuerySet:
        return self.select_related("job", "corpus")


class Probe(models.Model):
    class Kind(models.TextChoices):
        GROUPS = "probe", _("Probe")
        PROMPTS = "prompts", _("Prompt templates")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="probes")
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="probes")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="probe")
    kind = models.CharField(max_length=16, choices=Kind)  # also the kind of its job
    config = models.JSONField()  # ExperimentConfig; data.corpus is the corpus' name
    base = models.CharField(
        max_length=64, blank=True
    )  # what the form was started from (experiments.draft.Base)
    positions = models.PositiveIntegerField()  # asked for
    samples = models.PositiveIntegerField()  # rollouts at each
    stage = models.CharField(max_length=16, blank=True)  # the one that goes on, of training.contract.events
    done = models.PositiveIntegerField(default=0)  # progress of the stage: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=24, blank=True)
    result = models.JSONField(default=dict, blank=True)  # ProbeResult or PromptsTable; empty until finished
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ProbeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def typed_config(self) -> ExperimentConfig:
        return parse_experiment(self.config)

    @property
    def typed_result(self) -> ProbeResult | PromptsTable | None:
        if not self.result:
            return None
        shape = ProbeResult if self.kind == Probe.Kind.GROUPS else PromptsTable
        return shape.model_validate(self.result)
