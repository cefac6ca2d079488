"""Pages of segments: a corpus' counts and documents, one document with its boundaries. Views parse, call, render."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from training.contract.errors import ForesightError
from training.contract.settings.segments import SegmentsConfig
from webapp.corpora.access import own_corpus
from webapp.corpora.documents import DocumentText, list_documents
from webapp.corpora.model_choices import model_choices
from webapp.corpora.models import Corpus
from webapp.segments.access import finished_cut, own_document
from webapp.segments.cuts import DocumentCut, document_cut
from webapp.segments.forms import CutForm
from webapp.segments.models import Segmentation
from webapp.segments.page import documents_page, histogram
from webapp.segments.services import adjust
from webapp.segments.services.cancel import cancel_segmentations
from webapp.segments.services.start import start_segmentation

SEGMENTS_A_PAGE = 200
INVALID = 422


@require_GET
def corpus_segments(request: HttpRequest, pk: int) -> HttpResponse:
    """How a corpus is cut; while it is being cut, the page asks for its progress again and again."""
    corpus = own_corpus(request.user, pk)
    running = corpus.segmentations.select_related("job").first()
    if request.htmx:
        response = render(request, "segments/progress.html", {"corpus": corpus, "running": running})
        if running is None or running.job.ended:
            response.headers["HX-Refresh"] = "true"
        return response
    return _page(request, corpus, CutForm())


def _page(request: HttpRequest, corpus: Corpus, form: CutForm, status: int = 200) -> HttpResponse:
    latest = corpus.segmentations.select_related("job").first()
    shown = finished_cut(corpus)
    only_adjusted = "adjusted" in request.GET
    page, rows = documents_page(corpus, shown, request.GET.get("page"), only_adjusted=only_adjusted)
    context = {
        "corpus": corpus,
        "latest": latest,
        "running": latest if latest and not latest.job.ended else None,
        "shown": shown,
        "report": shown.typed_report if shown else None,
        "bars": histogram(shown.typed_report) if shown else [],
        "page": page,
        "rows": rows,
        "adjusted": corpus.adjustments.count_documents(),
        "only_adjusted": only_adjusted,
        "form": form,
        "models": model_choices(),
    }
    return render(request, "segments/corpus.html", context, status=status)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    corpus = own_corpus(request.user, pk)
    form = CutForm(request.POST)
    if form.is_valid():
        try:
            start_segmentation(corpus, form.settings)
        except ForesightError as error:
            field = error.field if error.field in form.fields else None
            form.add_error(field, f"{error.message} {error.remedy}".strip())
        else:
            return redirect("corpus-segments", pk=pk)
    return _page(request, corpus, form, INVALID)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    corpus = own_corpus(request.user, pk)
    cancel_segmentations(corpus)
    return redirect("corpus-segments", pk=pk)


@require_GET
def document(request: HttpRequest, pk: int, index: int) -> HttpResponse:
    corpus, shown, text = own_document(request.user, pk, index)
    return _cut(request, corpus, shown, text, "segments/document.html")


@require_POST
def change(request: HttpRequest, pk: int, index: int) -> HttpResponse:
    """Join, split, undo or reset, then the segments as they are now."""
    corpus, shown, text = own_document(request.user, pk, index)
    cut = document_cut(shown, text)
    refused = ""
    if cut is not None:
        try:
            _apply(corpus, cut, request)
        except ForesightError as error:
            refused = f"{error.message} {error.remedy}".strip()
    if request.htmx:
        return _cut(request, corpus, shown, text, "segments/segments.html", refused)
    page = request.POST.get("page", "1")
    return redirect(f"{reverse('segments-document', args=[pk, index])}?page={page}")


def _apply(corpus: Corpus, cut: DocumentCut, request: HttpRequest) -> None:
    """What the pressed button says. Raises ForesightError."""
    post = request.POST
    numbers = [
        int(part) if part.isdecimal() else -1
        for name in ("revision", "join", "split")
        for part in post.get(name, "").split(":")
    ]
    revision, first, *place = numbers
    if "undo" in post:
        adjust.undo(corpus, cut, revision)
    elif "reset" in post:
        adjust.reset(corpus, cut)
    elif "join" in post:
        adjust.join(corpus, cut, revision, first)
    elif "split" in post and len(place) == 2:
        adjust.split(corpus, cut, revision, place[0], max(0, place[1]))


def _cut(
    request: HttpRequest,
    corpus: Corpus,
    shown: Segmentation,
    text: DocumentText,
    template: str,
    refused: str = "",
) -> HttpResponse:
    settings = SegmentsConfig.model_validate(shown.settings)
    cut = document_cut(shown, text)
    segments = cut.segments(settings) if cut else []
    asked = request.POST.get("page") or request.GET.get("page")
    context: dict[str, Any] = {
        "corpus": corpus,
        "document": text,
        "count": len(list_documents(corpus)),
        "settings": settings,
        "cut": cut,
        "total": len(segments),
        "targets": sum(not one.why_not for one in segments),
        "page": Paginator(segments, SEGMENTS_A_PAGE).get_page(asked),
        "refused": refused,
    }
    return render(request, template, context)
