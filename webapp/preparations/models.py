"""Preparations: a corpus, the settings, the job, and the new corpus that came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from training.contract.preparation import STAGES, PreparationConfig, parse_preparation
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.words.sentences import translated


class PreparationQuerySet(models.QuerySet["Preparation"]):
    def owned_by(self, user: Any) -> PreparationQuerySet:
        return self.filter(owner=user)

    def with_corpora(self) -> PreparationQuerySet:
        return self.select_related("job", "corpus", "result")


class Preparation(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preparations")
    corpus = models.ForeignKey(Corpus, on_delete=models.SET_NULL, null=True, related_name="preparations")
    corpus_name = models.CharField(max_length=120)  # of the source: it may be removed, the lineage stays
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="preparation")
    config = models.JSONField()  # PreparationConfig; corpora by their names
    result = models.OneToOneField(
        Corpus, on_delete=models.SET_NULL, null=True, blank=True, related_name="prepared_by"
    )
    stage = models.CharField(max_length=16, blank=True)  # the one that goes on, of training.contract.events
    finished_stages = models.JSONField(default=dict, blank=True)  # stage -> what came of it, in words
    done = models.PositiveIntegerField(default=0)  # progress of the stage: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=24, blank=True)
    summary = models.JSONField(default=dict, blank=True)  # of the report: before, dropped, changed, after
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = PreparationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [models.Index(fields=["owner", "-created"], name="preparation_owner_created")]

    def __str__(self) -> str:
        return f"Preparation {self.pk}"

    @property
    def typed_config(self) -> PreparationConfig:
        return parse_preparation(self.config)

    @property
    def folder_path(self) -> Path:
        return job_folder(self.job)

    @property
    def stages(self) -> list[dict[str, Any]]:
        """Each stage with what is known of it while the job goes on: off, done, going on or to come."""
        return [
            {
                "stage": stage,
                "title": translated(title),
                "state": self._state_of(stage),
                "words": translated(self.finished_stages.get(stage, "")),
            }
            for stage, title in STAGES.items()
        ]

    def _state_of(self, stage: str) -> str:
        if not self.config[stage]["enabled"]:
            return "off"
        if stage in self.finished_stages:
            return "done"
        return "running" if stage == self.stage else "waiting"
