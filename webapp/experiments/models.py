"""Experiments: a name, an owner, a corpus and the JSON of one ExperimentConfig. And the presets people made."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from training.contract.experiment import ExperimentConfig, parse_experiment
from webapp.corpora.models import Corpus


class Experiment(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=120)
    corpus = models.ForeignKey(Corpus, on_delete=models.PROTECT, related_name="experiments")
    config = models.JSONField()  # ExperimentConfig; data.corpus is the corpus' name, set to a path at launch
    preset = models.CharField(max_length=64, blank=True)  # what it was started from
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def typed(self) -> ExperimentConfig:
        return parse_experiment(self.config)


class OwnPresetQuerySet(models.QuerySet["OwnPreset"]):
    def owned_by(self, user: Any) -> OwnPresetQuerySet:
        return self.filter(owner=user)


class OwnPreset(models.Model):
    """Settings that somebody keeps under a name of their own to start from."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presets")
    name = models.CharField(max_length=64)  # none of the built-in ones'
    help = models.CharField(max_length=200, blank=True)
    config = models.JSONField()  # ExperimentConfig; data.corpus is the corpus' name
    saved = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = OwnPresetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="own_preset_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def typed(self) -> ExperimentConfig:
        return parse_experiment(self.config)
