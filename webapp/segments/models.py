"""How a corpus was cut into segments, and what people changed about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from training.contract.segments_report import SegmentsReport
from webapp.corpora.models import Corpus
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder


class SegmentationQuerySet(models.QuerySet["Segmentation"]):
    def owned_by(self, user: Any) -> SegmentationQuerySet:
        return self.filter(corpus__owner=user)

    def with_job(self) -> SegmentationQuerySet:
        return self.select_related("job", "corpus")

    def finished(self) -> SegmentationQuerySet:
        """Those whose boundaries can be read."""
        return self.exclude(report={})


class Segmentation(models.Model):
    """One cut of a corpus with one set of settings."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="segmentations")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="segmentation")
    settings = models.JSONField(default=dict)  # SegmentsConfig
    done = models.PositiveIntegerField(default=0)  # progress: `done` of `total` documents
    total = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)  # SegmentsReport, once it is finished
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = SegmentationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"Segments of {self.corpus}"

    @property
    def typed_report(self) -> SegmentsReport | None:
        return SegmentsReport.model_validate(self.report) if self.report else None

    @property
    def folder_path(self) -> Path:
        return job_folder(self.job)


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def newest(self) -> AdjustmentQuerySet:
        """The last one of each document's text."""
        later = Adjustment.objects.filter(
            corpus=models.OuterRef("corpus"), sha256=models.OuterRef("sha256"), pk__gt=models.OuterRef("pk")
        )
        return self.filter(~models.Exists(later))

    def count_documents(self) -> int:
        """Documents that somebody changed."""
        return self.order_by().values("document").distinct().count()


class Adjustment(models.Model):
    """Boundaries of one document after one change of a person. The last one counts; undoing removes it."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="adjustments")
    document = models.PositiveIntegerField()  # Document.index when it was made
    sha256 = models.CharField(max_length=64)  # of the document's text: of another text it says nothing
    ends = models.JSONField()  # where the segments end, in bytes
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = AdjustmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["corpus", "sha256", "id"], name="adjustment_of_text")]

    def __str__(self) -> str:
        return f"Boundaries of document {self.document} of {self.corpus}"
