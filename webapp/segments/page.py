"""What the page of a corpus' segments shows: bars of lengths, and a row for each document."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from training.contract.segments_report import LENGTH_EDGES, SegmentsReport, read_document_segments
from webapp.corpora.documents import IndexedDocument, list_documents
from webapp.corpora.models import Corpus
from webapp.segments.models import Segmentation

DOCUMENTS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Bar:
    """Segments of a range of lengths."""

    words: str  # of the range, in characters
    count: int
    share: float  # of the tallest bar


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document and how it is cut."""

    document: IndexedDocument
    segments: int | None  # None: the corpus has changed since
    targets: int
    adjusted: bool


def histogram(report: SegmentsReport | None) -> list[Bar]:
    """Segments by their length."""
    if report is None:
        return []
    tallest = max(report.histogram) or 1
    edges = [0, *LENGTH_EDGES]
    words = [_("{low} to {high}").format(low=low + 1, high=high) for low, high in pairwise(edges)]
    words = [
        _("up to {high}").format(high=LENGTH_EDGES[0]),
        *words[1:],
        _("over {low}").format(low=LENGTH_EDGES[-1]),
    ]
    return [Bar(label, count, count / tallest) for label, count in zip(words, report.histogram, strict=True)]


def documents_page(
    corpus: Corpus, shown: Segmentation | None, asked: object, *, only_adjusted: bool
) -> tuple[Page[IndexedDocument], list[DocumentRow]]:
    """A page of the corpus' documents, or of those somebody changed, and its rows; empty before the first cut."""
    adjusted = set(corpus.adjustments.values_list("document", flat=True))
    documents = list_documents(corpus) if shown else []
    if only_adjusted:
        documents = [one for one in documents if one.index in adjusted]
    page = Paginator(documents, DOCUMENTS_A_PAGE).get_page(asked)
    return page, _rows(shown, page.object_list, adjusted) if shown else []


def _rows(
    segmentation: Segmentation, documents: Sequence[IndexedDocument], adjusted: Collection[int]
) -> list[DocumentRow]:
    """One row for each document, as the splitter cut it."""
    found = read_document_segments(segmentation.folder_path, [document.index for document in documents])
    return [
        DocumentRow(
            document,
            segments=len(cut.ends) if cut else None,
            targets=cut.targets if cut else 0,
            adjusted=document.index in adjusted,
        )
        for document, cut in zip(documents, found, strict=True)
    ]
