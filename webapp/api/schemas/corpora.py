"""Corpora and scans, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.corpus_report import CorpusReport, DocumentSummary
from training.contract.positions_file import PositionsSummary
from training.contract.settings.text import PositionsConfig
from webapp.api.schemas.common import JobError, JobState, Progress, job_state
from webapp.corpora.models import Corpus, Scan

Kind = Literal["documents", "conversations"]


class CorpusFields(Schema):
    """What a row of a jsonl, csv or parquet file holds, and in which fields."""

    kind: Kind = Field("documents", description="Conversations are for instruction tuning.")
    text_field: str = Field("text", max_length=120)
    join_fields: list[str] = Field([], description="Joined by a blank line; goes before `text_field`.")
    template: str = Field("", max_length=4000, description="`Problem: {problem}`; goes before both.")


class UploadForm(Schema):
    """The parts of an upload beside the file."""

    name: str = Field("", max_length=120, description="Empty takes the file's name.")
    kind: Kind = Field("documents", description="Conversations are for instruction tuning.")
    text_field: str = Field("text", max_length=120)
    join_fields: str = Field("", max_length=500, description="`problem, solution`; goes before `text_field`.")
    template: str = Field("", max_length=4000, description="`Problem: {problem}`; goes before both.")


class NewSample(Schema):
    """Which of the built-in samples."""

    kind: Kind = Field("documents", description="Topics of the language reference, or questions about them.")


class NewDataset(CorpusFields):
    """A dataset of the Hugging Face hub."""

    dataset: str = Field(description="`org/name`, or `org/name:split` for another split than train.")


class CorpusOut(Schema):
    """A corpus. It can be used once its state is `ready`."""

    id: int
    name: str
    kind: Kind
    state: Literal["checking", "ready", "invalid"]
    source: str = Field(description="The file's name, `hf:org/name:split`, or `sample`.")
    text_field: str
    join_fields: list[str]
    template: str
    created: datetime
    error: JobError | None = Field(description="Why it cannot be used.")
    report: CorpusReport | None = Field(description="What its check found.")


class DocumentText(Schema):
    """One document with its whole text."""

    index: int
    name: str
    text: str


class NewScan(Schema):
    """An entropy scan to start."""

    model: str = Field(max_length=200, description="Scores the positions: see `GET /api/models`.")
    max_documents: int = Field(0, ge=0, description="Only so many documents; 0: all.")
    positions: PositionsConfig = PositionsConfig()


class ScanOut(Schema):
    """An entropy scan of a corpus by one model."""

    id: int
    corpus: int
    model: str
    max_documents: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool = Field(description="Its positions can be read.")
    created: datetime


class ScanDetail(ScanOut):
    """A scan with what it found."""

    summary: PositionsSummary | None
    bin: float = Field(description="Width of a bin of `histogram`, nats.")
    histogram: list[int] = Field(description="Usable positions by entropy, from 0 on.")


class ModelOut(Schema):
    """A model that can be named in settings and scans."""

    name: str
    label: str


Document = DocumentSummary


def corpus_out(corpus: Corpus) -> CorpusOut:
    return CorpusOut(
        id=corpus.pk,
        name=corpus.name,
        kind=corpus.kind,
        state=corpus.state,
        source=corpus.dataset or corpus.original_name or "sample",
        text_field=corpus.text_field,
        join_fields=corpus.join_fields,
        template=corpus.template,
        created=corpus.created,
        error=JobError(**corpus.error) if corpus.error else None,
        report=corpus.typed_report,
    )


def scan_out(scan: Scan) -> ScanOut:
    return ScanOut(**_scan(scan))


def scan_detail(scan: Scan, histogram: tuple[int, ...], width: float) -> ScanDetail:
    return ScanDetail(**_scan(scan), summary=scan.typed_summary, bin=width, histogram=list(histogram))


def _scan(scan: Scan) -> dict[str, Any]:
    return {
        "id": scan.pk,
        "corpus": scan.corpus_id,
        "model": scan.model,
        "max_documents": scan.max_documents,
        "settings": scan.settings,
        "job": job_state(scan.job),
        "progress": Progress(**scan.progress),
        "finished": bool(scan.positions_file),
        "created": scan.created,
    }
