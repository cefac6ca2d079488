"""Segments of corpora: cut, follow, read, change boundaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from training.contract.settings.segments import SegmentsConfig
from webapp.api.errors import CONFLICT, Answer, invalid
from webapp.api.schemas.common import Changed, Page, page_of, replies
from webapp.api.schemas.segments import (
    CutDocument,
    CutDocumentQuery,
    CutOut,
    DocumentCutOut,
    JoinBody,
    NewCut,
    OnRevision,
    SegmentsOut,
    SplitBody,
    cut_document,
    cut_out,
    document_cut_out,
    segments_out,
)
from webapp.corpora.access import own_corpus
from webapp.corpora.documents import DocumentText
from webapp.corpora.models import Corpus
from webapp.segments.access import own_cut, own_document
from webapp.segments.cuts import DocumentCut, document_cut
from webapp.segments.forms import CutForm
from webapp.segments.models import Segmentation
from webapp.segments.page import documents_page
from webapp.segments.services import adjust
from webapp.segments.services.cancel import cancel_segmentations
from webapp.segments.services.start import start_segmentation

router = Router(tags=["Segments"])
CREATED = 201
SEGMENTS = "/corpora/{int:corpus}/segments"
DOCUMENTS = f"{SEGMENTS}/documents"
DOCUMENT = f"{DOCUMENTS}/{{int:index}}"


@router.get(SEGMENTS, response=replies(SegmentsOut), summary="Show how a corpus is cut")
def show_segments(request: HttpRequest, corpus: int) -> Any:
    """How far the cut that was started last is, and the counts of the newest finished one."""
    return segments_out(own_corpus(request.user, corpus))


@router.post(SEGMENTS, response=replies(CutOut, status=CREATED), summary="Cut a corpus into segments")
def cut_corpus(request: HttpRequest, corpus: int, body: NewCut) -> Any:
    """Queues it. Boundaries that somebody changed stay as they are; documents are shown by the newest finished cut."""
    found = own_corpus(request.user, corpus)
    form = CutForm(body.model_dump())
    if not form.is_valid():
        raise invalid({name: " ".join(said) for name, said in form.errors.items()}, "The request")
    return Status(CREATED, cut_out(start_segmentation(found, form.settings)))


@router.post(f"{SEGMENTS}/cancel", response=replies(Changed), summary="Cancel cutting a corpus")
def cancel_cut(request: HttpRequest, corpus: int) -> Any:
    """Ends what is cutting the corpus. A cut that is finished stays."""
    if cancel_segmentations(own_corpus(request.user, corpus)):
        return Changed(changed=True, message="Cutting the corpus is being cancelled.")
    return Changed(changed=False, message="Nothing was cutting the corpus: there was nothing to cancel.")


@router.get(
    DOCUMENTS, response=replies(Page[CutDocument]), summary="List a corpus' documents with their segments"
)
def list_cut_documents(request: HttpRequest, corpus: int, query: Query[CutDocumentQuery]) -> Any:
    """How many segments the splitter made of each document, in order, 50 a page. 404 before the first finished cut."""
    found, shown = own_cut(request.user, corpus)
    page, rows = documents_page(found, shown, query.page, only_adjusted=query.adjusted)
    return page_of(page, query.page, map(cut_document, rows))


@router.get(DOCUMENT, response=replies(DocumentCutOut, CONFLICT), summary="Show a document's segments")
def show_document_segments(request: HttpRequest, corpus: int, index: int) -> Any:
    """Its segments with the changes that people made. 409 where the corpus has changed since it was cut."""
    _, shown, text = own_document(request.user, corpus, index)
    return _shown(shown, text)


@router.post(f"{DOCUMENT}/join", response=replies(DocumentCutOut, CONFLICT), summary="Join two segments")
def join_segments(request: HttpRequest, corpus: int, index: int, body: JoinBody) -> Any:
    """Joins a segment with the one after it. Answers with the segments as they are then, as every change does."""
    return _changed(
        request, corpus, index, lambda found, cut: adjust.join(found, cut, body.revision, body.segment)
    )


@router.post(f"{DOCUMENT}/split", response=replies(DocumentCutOut, CONFLICT), summary="Split a segment")
def split_segment(request: HttpRequest, corpus: int, index: int, body: SplitBody) -> Any:
    """Splits a segment after so many of its characters. Both parts must hold some text."""
    return _changed(
        request,
        corpus,
        index,
        lambda found, cut: adjust.split(found, cut, body.revision, body.segment, body.characters),
    )


@router.post(
    f"{DOCUMENT}/undo", response=replies(DocumentCutOut, CONFLICT), summary="Undo a change of boundaries"
)
def undo_boundaries(request: HttpRequest, corpus: int, index: int, body: OnRevision) -> Any:
    """Takes the last change of the document back."""
    return _changed(request, corpus, index, lambda found, cut: adjust.undo(found, cut, body.revision))


@router.post(
    f"{DOCUMENT}/reset", response=replies(DocumentCutOut, CONFLICT), summary="Reset a document's boundaries"
)
def reset_boundaries(request: HttpRequest, corpus: int, index: int) -> Any:
    """Takes all changes of the document back: it is cut as the splitter cut it."""
    return _changed(request, corpus, index, adjust.reset)


def _changed(
    request: HttpRequest, corpus: int, index: int, change: Callable[[Corpus, DocumentCut], None]
) -> DocumentCutOut:
    """The document's segments after the change. Raises Http404, and ForesightError for a refused change."""
    found, shown, text = own_document(request.user, corpus, index)
    change(found, _cut(shown, text))
    return _shown(shown, text)


def _shown(shown: Segmentation, text: DocumentText) -> DocumentCutOut:
    return document_cut_out(_cut(shown, text), SegmentsConfig.model_validate(shown.settings))


def _cut(shown: Segmentation, text: DocumentText) -> DocumentCut:
    cut = document_cut(shown, text)
    if cut is None:
        raise Answer(
            "The corpus has changed since it was cut.", status=CONFLICT, remedy="Cut it into segments again."
        )
    return cut
