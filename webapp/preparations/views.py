"""Pages of preparations: the form on a corpus, the list, one report, its files. Views parse, call, render."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from training.contract.errors import ForesightError
from webapp.checkpoints.response import download_response
from webapp.corpora.access import own_corpus
from webapp.corpora.model_choices import model_choices
from webapp.jobs.services.cancel import request_cancel
from webapp.preparations.access import own_preparation
from webapp.preparations.draft import Draft, make_draft, shown_choices
from webapp.preparations.fields import AGAINST, default_texts, stage_forms, texts_of, texts_of_post
from webapp.preparations.files import preparation_file
from webapp.preparations.models import Preparation
from webapp.preparations.page import page_data
from webapp.preparations.services.start import check_preparable, start_preparation
from webapp.words.sentences import explained

PREPARATIONS_A_PAGE = 50
INVALID = 422


@require_GET
def preparations(request: HttpRequest) -> HttpResponse:
    owned = Preparation.objects.owned_by(request.user).with_corpora()
    page = Paginator(owned, PREPARATIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "preparations/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; posted, it queues the preparation or comes back with all that was typed."""
    corpus = own_corpus(request.user, pk)
    try:
        check_preparable(corpus)
    except ForesightError as error:
        return render(
            request, "preparations/refused.html", {"corpus": corpus, "error": error}, status=INVALID
        )
    if request.method == "GET":
        return _form(request, make_draft(request.user, corpus, _first_texts(request)))
    draft = make_draft(request.user, corpus, texts_of_post(request.POST))
    if draft.errors:
        return _form(request, draft, INVALID)
    try:
        return redirect("preparation", pk=start_preparation(request.user, draft).pk)
    except ForesightError as error:
        messages.error(request, explained(error))
        return _form(request, draft, INVALID)


def _first_texts(request: HttpRequest) -> dict[str, str]:
    """As the form opens: the defaults, or the settings of the preparation that `from` names."""
    earlier = request.GET.get("from", "")
    if earlier.isdecimal():
        found = Preparation.objects.owned_by(request.user).filter(pk=int(earlier)).first()
        if found:
            return texts_of(found.typed_config)
    return default_texts()


def _form(request: HttpRequest, draft: Draft, status: int = 200) -> HttpResponse:
    context = {
        "corpus": draft.corpus,
        "draft": draft,
        "forms": stage_forms(draft.texts, draft.errors),
        "sets": shown_choices(request.user, draft.corpus),
        "chosen": {one.pk for one in draft.sets},
        "against": AGAINST,
        "models": model_choices(),
    }
    return render(request, "preparations/form.html", context, status=status)


@require_GET
def preparation(request: HttpRequest, pk: int) -> HttpResponse:
    """How it goes, and once it is finished what each stage did."""
    return render(request, "preparations/report.html", page_data(own_preparation(request.user, pk)))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = own_preparation(request.user, pk)
    request_cancel(found.job)
    return redirect("preparation", pk=pk)


@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """One of the files of a finished preparation; a broken download goes on where it stopped."""
    return download_response(request, preparation_file(own_preparation(request.user, pk), name))
