"""Corpora people uploaded, and the scans made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.contract.corpus_files import SAMPLE, corpus_file
from training.contract.corpus_report import CorpusKind, CorpusReport
from training.contract.positions_file import PositionsSummary
from webapp.jobs.models import Job

DOCUMENTS: CorpusKind = "documents"
CONVERSATIONS: CorpusKind = "conversations"
KINDS = ((DOCUMENTS, _("Documents")), (CONVERSATIONS, _("Conversations")))
MESSAGES_FIELD = "messages"
"""Where a row has its conversation, unless another field is named."""


class CorpusQuerySet(models.QuerySet["Corpus"]):
    def owned_by(self, user: Any) -> CorpusQuerySet:
        return self.filter(owner=user)

    def ready(self) -> CorpusQuerySet:
        return self.filter(state=Corpus.State.READY)

    def samples(self) -> CorpusQuerySet:
        """The built-in ones: neither a file nor a dataset."""
        return self.filter(file="", dataset="")

    def documents(self) -> CorpusQuerySet:
        """Those of text, which can be scanned."""
        return self.filter(kind=DOCUMENTS)

    def conversations(self) -> CorpusQuerySet:
        """Those of messages, for instruction tuning."""
        return self.filter(kind=CONVERSATIONS)


class Corpus(models.Model):
    class State(models.TextChoices):
        CHECKING = "checking", _("Checking")
        READY = "ready", _("Ready")
        INVALID = "invalid", _("Cannot be used")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="corpora")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=13, choices=KINDS, default=DOCUMENTS)
    file = models.FileField(
        upload_to="corpora/%Y/%m/", blank=True
    )  # empty: a dataset, or the built-in sample
    dataset = models.CharField(max_length=260, blank=True)  # hf:org/name:split, on the Hugging Face hub
    original_name = models.CharField(max_length=255, blank=True)
    text_field = models.CharField(max_length=120, blank=True, default="text")
    join_fields = models.JSONField(default=list, blank=True)
    template = models.TextField(blank=True)  # of the document's text; goes before both
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    error = models.JSONField(default=dict, blank=True)  # message, field, remedy
    report = models.JSONField(default=dict, blank=True)  # training.contract.corpus_report.CorpusReport
    checking_since = models.DateTimeField(default=timezone.now)
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = CorpusQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def typed_report(self) -> CorpusReport | None:
        return CorpusReport.model_validate(self.report) if self.report else None

    @property
    def has_rows(self) -> bool:
        """Whether its documents are made of named fields."""
        file = corpus_file(self.original_name)
        return bool(self.dataset) or (file is not None and file.has_rows)

    @property
    def holds_conversations(self) -> bool:
        return bool(self.kind == CONVERSATIONS)

    @property
    def can_be_scanned(self) -> bool:
        return bool(self.state == Corpus.State.READY and not self.holds_conversations)

    @property
    def reference(self) -> str:
        """How an experiment names it for its cold start: see `corpora.references`."""
        return f"corpus:{self.pk}"

    @property
    def message_fields(self) -> dict[str, str]:
        """Of conversations: the fields of a row, as settings of the method `sft` name them.

        `text_field` is that of the messages; `join_fields`, where there are any, the prompt and the response.
        """
        named = dict(zip(("prompt_field", "response_field"), self.join_fields, strict=False))
        messages = self.text_field if self.text_field != "text" else MESSAGES_FIELD
        return {"messages_field": messages or MESSAGES_FIELD, **named}

    @property
    def source_data(self) -> dict[str, Any]:
        """The settings of the section `data` with which its check reads it."""
        corpus = self.file.path if self.file else self.dataset or SAMPLE
        fields = {"text_field": self.text_field or "text", "join_fields": tuple(self.join_fields)}
        return {"corpus": corpus, **fields, "template": self.template}

    @property
    def training_data(self) -> dict[str, Any]:
        """The settings of the section `data` with which scans and runs read it.

        A dataset is read as its check left it: the same documents, whether the hub is there or not. So are
        conversations: whatever the fields of the file were, they have `messages` there.
        """
        if not (self.dataset or self.holds_conversations):
            return self.source_data
        file = Path(settings.HOME) / self.folder / "documents.jsonl"
        return {"corpus": str(file), "text_field": "text", "join_fields": (), "template": ""}

    @property
    def training_source(self) -> str:
        """What `data.corpus` is for this corpus: an absolute path, or `sample`."""
        return str(self.training_data["corpus"])

    @property
    def folder(self) -> str:
        """Where its documents lie, relative to settings.HOME: documents.jsonl, report.json."""
        return f"corpora/{self.pk}"


class ScanQuerySet(models.QuerySet["Scan"]):
    def owned_by(self, user: Any) -> ScanQuerySet:
        return self.filter(corpus__owner=user)

    def with_job(self) -> ScanQuerySet:
        return self.select_related("job", "corpus")

    def finished(self) -> ScanQuerySet:
        """Scans whose positions can be read."""
        return self.exclude(positions_file="")


class Scan(models.Model):
    """One entropy scan of a corpus by one model with one set of settings."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="scans")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="scan")
    model = models.CharField(max_length=200)
    max_documents = models.PositiveIntegerField(default=0)  # 0: all
    settings = models.JSONField(default=dict)  # PositionsConfig
    done = models.PositiveIntegerField(default=0)  # progress: `done` of `total` `unit`
    total = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=24, blank=True)
    positions_file = models.CharField(max_length=500, blank=True)  # absolute; empty until it is finished
    summary = models.JSONField(default=dict, blank=True)  # PositionsSummary of the finished scan
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.corpus} by {self.model}"

    @property
    def typed_summary(self) -> PositionsSummary | None:
        return PositionsSummary.model_validate(self.summary) if self.summary else None

    @property
    def progress(self) -> dict[str, Any]:
        return {"done": self.done, "total": self.total, "unit": self.unit}
