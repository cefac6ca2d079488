"""Segments of a corpus, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from training.contract.segments_report import LENGTH_EDGES, SegmentsReport
from training.contract.settings.segments import SegmentsConfig
from webapp.api.schemas.common import JobState, PageQuery, Progress, job_state
from webapp.corpora.models import Corpus
from webapp.segments.access import finished_cut
from webapp.segments.cuts import DocumentCut
from webapp.segments.models import Segmentation
from webapp.segments.page import DocumentRow

_DEFAULT = SegmentsConfig()


class NewCut(Schema):
    """How to cut a corpus: settings of the section `segments`."""

    splitter: Literal["sentences", "atomic_steps"] = "sentences"
    splitter_model: str = Field("", max_length=200, description="Marks the steps: see `GET /api/models`.")
    min_characters: int = Field(
        _DEFAULT.min_characters, description="Shorter segments are never predicted; at least 1."
    )
    max_characters: int = Field(
        _DEFAULT.max_characters, description="Longer segments are never predicted; at most 1,000,000."
    )


class CutOut(Schema):
    """A corpus cut, or being cut, with one set of settings."""

    id: int
    corpus: int
    settings: dict[str, Any]
    job: JobState
    progress: Progress
    finished: bool = Field(description="Its boundaries can be read.")
    created: datetime


class SegmentsOut(Schema):
    """How a corpus is cut."""

    latest: CutOut | None = Field(description="The cut that was started last; null: none was.")
    shown: int | None = Field(description="The cut that documents are shown by: the newest finished one.")
    report: SegmentsReport | None = Field(description="What that one counted.")
    edges: list[int] = Field(
        description="Characters up to which each but the last bar of `histogram` counts."
    )
    adjusted: int = Field(description="Documents whose boundaries somebody changed.")


class CutDocumentQuery(PageQuery):
    adjusted: bool = Field(False, description="Only documents whose boundaries somebody changed.")


class CutDocument(Schema):
    """A document as the splitter cut it."""

    index: int
    name: str
    segments: int | None = Field(description="null: the corpus has changed since it was cut.")
    targets: int = Field(description="Segments that may be predicted.")
    adjusted: bool = Field(description="Somebody changed its boundaries.")


class SegmentOut(Schema):
    """One segment of a document."""

    index: int = Field(description="Its place in the document, from 0.")
    text: str = Field(description="With the whitespace after it: joined, the texts are the document.")
    end: int = Field(description="Where it ends in the document's UTF-8 bytes.")
    characters: int = Field(description="Without the whitespace around.")
    why_not: str = Field(
        description="Why it is never predicted: first, last, short or long; empty: it may be."
    )


class DocumentCutOut(Schema):
    """A document and its segments as they are now."""

    index: int
    name: str
    revision: int = Field(
        description="Of the last change, 0 for none. A change names the one it was made on."
    )
    changes: int = Field(description="Changes that can be undone.")
    segments: list[SegmentOut]


class OnRevision(Schema):
    """A change, and the boundaries it was made on."""

    revision: int = Field(ge=0, description="As the document was shown with. Another one is refused.")


class JoinBody(OnRevision):
    segment: int = Field(ge=0, description="The first of the two, from 0.")


class SplitBody(OnRevision):
    segment: int = Field(ge=0, description="Its place in the document, from 0.")
    characters: int = Field(ge=0, description="Of its `text`, that stay before the new boundary.")


def segments_out(corpus: Corpus) -> SegmentsOut:
    latest = corpus.segmentations.with_job().first()
    shown = finished_cut(corpus)
    return SegmentsOut(
        latest=cut_out(latest) if latest else None,
        shown=shown.pk if shown else None,
        report=shown.typed_report if shown else None,
        edges=list(LENGTH_EDGES),
        adjusted=corpus.adjustments.count_documents(),
    )


def cut_out(found: Segmentation) -> CutOut:
    return CutOut(
        id=found.pk,
        corpus=found.corpus_id,
        settings=found.settings,
        job=job_state(found.job),
        progress=Progress(done=found.done, total=found.total, unit="documents"),
        finished=bool(found.report),
        created=found.created,
    )


def cut_document(row: DocumentRow) -> CutDocument:
    return CutDocument(
        index=row.document.index,
        name=row.document.name,
        segments=row.segments,
        targets=row.targets,
        adjusted=row.adjusted,
    )


def document_cut_out(cut: DocumentCut, settings: SegmentsConfig) -> DocumentCutOut:
    shown = zip(cut.segments(settings), cut.texts, cut.ends, strict=True)
    return DocumentCutOut(
        index=cut.document.index,
        name=cut.document.name,
        revision=cut.revision,
        changes=cut.changes,
        segments=[
            SegmentOut(index=one.index, text=text, end=end, characters=one.characters, why_not=one.why_not)
            for one, text, end in shown
        ],
    )
