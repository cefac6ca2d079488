"""What the atlas of a document asks of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from webapp.corpora.access import own_corpus
from webapp.corpora.documents import read_document
from webapp.runs.models import Run
from webapp.trajectories.pass_rates import PassRates, pass_rates, runs_of_corpus


@gzip_page
@require_safe
def document_pass_rates(request: HttpRequest, corpus: int, index: int) -> JsonResponse:
    """JSON: the runs that asked positions of a corpus, and what `?run=`, else the newest, found in a document."""
    found = own_corpus(request.user, corpus)
    document = read_document(found, index)
    if document is None:
        raise Http404
    wanted = request.GET.get("run", "")
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() else None
    runs = runs_of_corpus(request.user, corpus, chosen)
    run = next((run for run in runs if run.pk == chosen), runs[0] if runs else None)
    rates = pass_rates(run, index, document.text) if run else PassRates()
    return JsonResponse({"runs": [_offered(one) for one in runs], "run": run and run.pk, **asdict(rates)})


def _offered(run: Run) -> dict[str, Any]:
    return {
        "pk": run.pk,
        "name": run.name,
        "last": run.step,
        "url": reverse("run", args=[run.pk]),
        "steps": reverse("run-step", args=[run.pk, 0]).removesuffix("0/"),  # a script adds step and group
    }
