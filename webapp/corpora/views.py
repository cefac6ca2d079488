"""Pages of corpora: list and upload, one corpus, its scans. Views parse, call a service, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from training.contract.corpus_files import COMPRESSIONS, FORMATS
from training.contract.errors import ForesightError
from webapp.corpora.access import own_corpus, own_scan
from webapp.corpora.atlas import scan_data
from webapp.corpora.documents import list_documents
from webapp.corpora.forms import DatasetForm, FieldsForm, ScanForm, UploadForm
from webapp.corpora.models import CONVERSATIONS, DOCUMENTS, KINDS, Corpus, Scan
from webapp.corpora.services.check import check_if_waiting
from webapp.corpora.services.dataset import add_dataset
from webapp.corpora.services.delete import delete_corpus
from webapp.corpora.services.remap import remap
from webapp.corpora.services.sample import ensure_sample
from webapp.corpora.services.scan import start_scan
from webapp.corpora.services.upload import add_corpus
from webapp.jobs.services.cancel import request_cancel
from webapp.words.sentences import explained, translated

DOCUMENTS_A_PAGE = 50
PREPARATIONS_SHOWN = 10
INVALID = 422


@require_GET
def corpora(request: HttpRequest) -> HttpResponse:
    return _list(request, UploadForm())


def _list(
    request: HttpRequest, form: UploadForm, dataset_form: DatasetForm | None = None, status: int = 200
) -> HttpResponse:
    owned = Corpus.objects.owned_by(request.user).prefetch_related("scans")
    page = Paginator(owned, DOCUMENTS_A_PAGE).get_page(request.GET.get("page"))
    samples = Corpus.objects.owned_by(request.user).samples()
    context = {
        "page": page,
        "form": form,
        "dataset_form": dataset_form or DatasetForm(),
        "missing_samples": [kind for kind, _ in KINDS if not samples.filter(kind=kind).exists()],
        "accept": ",".join([*FORMATS, *COMPRESSIONS]),
    }
    return render(request, "corpora/list.html", context, status=status)


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Store a file. A script that shows progress asks for JSON; a plain form gets pages."""
    form = UploadForm(request.POST, request.FILES)
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    if form.is_valid():
        try:
            corpus = add_corpus(request.user, **_upload_arguments(form))
        except ForesightError as error:
            form.add_error("file", explained(error))
        else:
            address = reverse("corpus", args=[corpus.pk])
            return JsonResponse({"url": address}) if wants_json else redirect(address)
    if wants_json:
        return JsonResponse(
            {"errors": {name: " ".join(said) for name, said in form.errors.items()}}, status=INVALID
        )
    return _list(request, form, status=INVALID)


@require_POST
def dataset(request: HttpRequest) -> HttpResponse:
    """Add a dataset of the hub."""
    form = DatasetForm(request.POST)
    if form.is_valid():
        names = ("dataset", "kind", "text_field", "join_fields", "template")
        try:
            corpus = add_dataset(request.user, **{name: form.cleaned_data[name] for name in names})
        except ForesightError as error:
            form.add_error("dataset", explained(error))
        else:
            return redirect("corpus", pk=corpus.pk)
    return _list(request, UploadForm(), form, INVALID)


def _upload_arguments(form: UploadForm) -> dict[str, Any]:
    names = ("file", "name", "kind", "text_field", "join_fields", "template")
    return {name: form.cleaned_data[name] for name in names}


@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    kind = CONVERSATIONS if request.POST.get("kind") == CONVERSATIONS else DOCUMENTS
    return redirect("corpus", pk=ensure_sample(request.user, kind).pk)


@require_GET
def corpus(request: HttpRequest, pk: int) -> HttpResponse:
    """The corpus' page; while the check goes on, the page asks for its main part again and again."""
    found = own_corpus(request.user, pk)
    check_if_waiting(found)
    template = "corpora/checking.html" if request.htmx and found.state == Corpus.State.CHECKING else ""
    response = _corpus(request, found, ScanForm(), template=template)
    if request.htmx and found.state != Corpus.State.CHECKING:
        response.headers["HX-Refresh"] = "true"  # the whole page changes: it is loaded anew
    return response


def _corpus(
    request: HttpRequest, corpus: Corpus, form: ScanForm, status: int = 200, template: str = ""
) -> HttpResponse:
    search = request.GET.get("q", "")
    documents = list_documents(corpus, search) if corpus.state == Corpus.State.READY else []
    report, scans = corpus.typed_report, _scans(corpus)
    context = {
        "corpus": corpus,
        "report": report,
        "error": _error(corpus),
        "is_rows": corpus.has_rows,
        "fields": FieldsForm(
            initial={
                "kind": corpus.kind,
                "text_field": corpus.text_field,
                "join_fields": ", ".join(corpus.join_fields),
                "template": corpus.template,
            }
        ),
        "page": Paginator(documents, DOCUMENTS_A_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "form": form,
        "preparations": corpus.preparations.with_corpora()[:PREPARATIONS_SHOWN],
        "to_scan": corpus.can_be_scanned and not scans["scans"],
        **scans,
    }
    return render(request, template or "corpora/corpus.html", context, status=status)


def _error(corpus: Corpus) -> dict[str, Any]:
    """Why the check refused it. Training names settings; the page names its own fields."""
    shown = {
        name: FieldsForm.with_labels(translated(corpus.error.get(name, ""))) for name in ("message", "remedy")
    }
    return {**corpus.error, **shown}


def _scans(corpus: Corpus) -> dict[str, Any]:
    scans = list(corpus.scans.select_related("job"))
    return {"scans": scans, "scanning": any(not scan.job.ended for scan in scans)}


@require_GET
def scans(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of scans alone, for a page that keeps it fresh."""
    found = own_corpus(request.user, pk)
    return render(request, "corpora/scans.html", {"corpus": found, **_scans(found)})


@require_POST
def check_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Check again, from other fields if the form names them."""
    found = own_corpus(request.user, pk)
    form = FieldsForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.said)
    elif found.state != Corpus.State.CHECKING:
        remap(found, *(form.cleaned_data[name] for name in ("text_field", "join_fields", "template", "kind")))
    return redirect("corpus", pk=pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_corpus(request.user, pk)
    try:
        delete_corpus(found)
    except ForesightError as error:
        messages.error(request, explained(error))
        return redirect("corpus", pk=pk)
    messages.success(request, _("{name} was removed.").format(name=found.name))
    return redirect("corpora")


@require_POST
def scan_corpus(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_corpus(request.user, pk)
    form = ScanForm(request.POST)
    if form.is_valid():
        try:
            start_scan(
                found, form.cleaned_data["model"], form.positions(), form.cleaned_data["max_documents"]
            )
        except ForesightError as error:
            form.add_error(None, explained(error))
        else:
            return redirect(f"{reverse('corpus', args=[pk])}#scans")
    return _corpus(request, found, form, INVALID)


@require_GET
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """One scan: how it goes, and once it is finished its histogram and its documents."""
    found = own_scan(request.user, pk)
    context: dict[str, Any] = {
        "scan": found,
        "corpus": found.corpus,
        "summary": found.typed_summary,
        "data": None,
    }
    if found.positions_file:
        context["data"] = scan_data(found)
        context["page"] = Paginator(_scanned(found), DOCUMENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "corpora/scan.html", context)


def _scanned(scan: Scan) -> list[dict[str, Any]]:
    """The scan's documents with their number of positions."""
    summary = scan.typed_summary
    counts = summary.positions_per_document if summary else {}
    return [
        {"document": one, "positions": counts[one.index]}
        for one in list_documents(scan.corpus)
        if one.index in counts
    ]


@require_POST
def scan_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_scan(request.user, pk)
    request_cancel(found.job)
    return redirect("corpus", pk=found.corpus_id)
