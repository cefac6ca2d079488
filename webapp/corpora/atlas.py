"""The entropy atlas: one document's text shaded by how uncertain the scanning model was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from training.contract.difficulty import EASIEST
from training.contract.positions_file import HISTOGRAM_BIN
from training.contract.run_time import CPU_THREAD_TFLOPS, GPU_TFLOPS
from webapp.corpora.access import own_corpus, own_scan
from webapp.corpora.documents import list_documents, read_document
from webapp.corpora.model_choices import parameters_of
from webapp.corpora.models import Scan
from webapp.corpora.positions import tokens, usable_histogram
from webapp.corpora.shading import script_offsets, shading

PART = 128
"""Tokens whose likely alternatives are sent at a time."""
MOST = 4 * PART
ANSWER = 64
"""Tokens of prompt and response around a context, for the estimate of a training pass; a page can change it."""
_FULL_SCALE = 6.0  # nats; the whole vocabulary's entropy rarely reaches it


@gzip_page
@require_GET
def document(request: HttpRequest, pk: int, index: int) -> HttpResponse:
    """One document: as an atlas when a finished scan covers it, else as plain text."""
    corpus = own_corpus(request.user, pk)
    found = read_document(corpus, index)
    if found is None:
        raise Http404
    scans = list(corpus.scans.finished().with_job())
    scan = _chosen(scans, request.GET.get("scan", ""))
    context = {
        "corpus": corpus,
        "document": found,
        "count": len(list_documents(corpus)),
        "scans": scans,
        "scan": scan,
        "missing": _missing(scan, index),
        "data": None,
        "query": request.GET.urlencode(),
    }
    if scan is not None and not context["missing"]:
        context["data"] = {
            **scan_data(scan),
            "endpoint": reverse("scan-positions", args=[scan.pk, index]),
            "part": PART,
            "at": _character_at(request, found.text),
        }
    return render(request, "corpora/document.html", context)


@gzip_page
@require_GET
def positions(request: HttpRequest, pk: int, index: int) -> HttpResponse:
    """JSON: what a document is drawn with, or with `from` and `to` the tokens between."""
    scan = own_scan(request.user, pk)
    if not scan.positions_file:
        raise Http404
    file = Path(scan.positions_file)
    found = read_document(scan.corpus, index)
    if found is None:
        raise Http404
    if "from" not in request.GET:
        drawn = shading(file, index, found.text, min_context(scan))._asdict()
        return JsonResponse(drawn, json_dumps_params={"separators": (",", ":")})
    start, stop = _number(request, "from"), _number(request, "to")
    if not 0 <= start < stop <= start + MOST:
        raise Http404
    return JsonResponse(tokens(file, index, found.text, start, stop))


def scan_data(scan: Scan) -> dict[str, Any]:
    """What the pages of a finished scan tell their scripts."""
    least = min_context(scan)
    histogram = usable_histogram(Path(scan.positions_file), least)
    return {
        "scan": scan.pk,
        "corpus": scan.corpus_id,
        "model": scan.model,
        "estimator": scan.settings["entropy"],
        "scale": _FULL_SCALE if scan.settings["entropy"] == "full" else math.log(scan.settings["top_k"]),
        "threshold": scan.settings["threshold"],
        "min_context": least,
        "bin": HISTOGRAM_BIN,
        "histogram": histogram,
        "suggested": _suggested(scan, histogram),
        "positions": scan.summary["positions"],
        "covers": _covers(scan),
        "parameters": parameters_of(scan.model),
        "tflops": {"thread": CPU_THREAD_TFLOPS, "gpu": GPU_TFLOPS},
        "tokens_a_rollout": scan.settings.get("max_context", 64) + ANSWER,
    }


def _suggested(scan: Scan, histogram: Sequence[int]) -> dict[str, float] | None:
    """The threshold to begin with, in nats, and the share of the scan's positions that it keeps, in percent.

    The papers' figures are of the likely tokens alone: of an entropy over the whole vocabulary nothing is suggested.
    """
    total = sum(histogram)
    if scan.settings["entropy"] == "full" or not total:
        return None
    kept = sum(histogram[round(EASIEST / HISTOGRAM_BIN) :])
    return {"threshold": EASIEST, "share": round(100 * kept / total, 1)}


def _covers(scan: Scan) -> str:
    """What a scan's counts are of: every position of these documents was counted."""
    summary, count = scan.typed_summary, len(list_documents(scan.corpus))
    scanned = summary.documents if summary else 0
    if scanned < count:
        return _("the first %(scanned)s of %(count)s documents, counted exactly") % {
            "scanned": f"{scanned:,}",
            "count": f"{count:,}",
        }
    words = ngettext("its one document, counted exactly", "all %(count)s documents, counted exactly", count)
    return words % {"count": f"{count:,}"}


def _character_at(request: HttpRequest, text: str) -> int | None:
    """Where the byte that `?byte=` names stands, in the units of a script's string; None: it names none."""
    wanted = request.GET.get("byte", "")
    raw = text.encode()
    if not (wanted.isascii() and wanted.isdigit()) or int(wanted) > len(raw):
        return None
    return script_offsets(raw)[int(wanted)]


def min_context(scan: Scan) -> int:
    return int(scan.settings["min_context"])


def _chosen(scans: list[Scan], wanted: str) -> Scan | None:
    """The scan with this number, else the latest."""
    return next((scan for scan in scans if str(scan.pk) == wanted), scans[0] if scans else None)


def _missing(scan: Scan | None, index: int) -> str:
    """Why the scan says nothing of the document, or ""."""
    summary = scan.typed_summary if scan else None
    if summary is None or summary.positions_per_document.get(index):
        return ""
    return summary.skipped_documents.get(index, "The scan covers only the first documents of the corpus.")


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise Http404
    return int(text)
