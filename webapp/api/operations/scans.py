"""Entropy scans of corpora: start, follow, read positions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from training.contract.positions_file import HISTOGRAM_BIN
from webapp.api.errors import MISSING, Answer
from webapp.api.schemas.common import Changed, Page, PageQuery, paged, replies
from webapp.api.schemas.corpora import NewScan, ScanDetail, ScanOut, scan_detail, scan_out
from webapp.corpora.access import own_corpus, own_scan
from webapp.corpora.atlas import min_context
from webapp.corpora.documents import read_document
from webapp.corpora.models import Scan
from webapp.corpora.positions import overview, tokens, usable_histogram
from webapp.corpora.services.scan import start_scan
from webapp.jobs.services.cancel import request_cancel

router = Router(tags=["Scans"])
A_PAGE = 50
MOST_TOKENS = 1600
CREATED = 201


class Entropies(Schema):
    """The entropies of a document's positions, in the order of the tokens."""

    first: int = Field(description="Token index of the first position.")
    positions: int = Field(description="Of the whole document; at most 200,000 are listed.")
    entropy: list[float] = Field(description="Nats.")
    unusable: list[int] = Field(description="Places in `entropy` that cannot be kept.")


class TokenQuery(Schema):
    first: int = Field(1, ge=0, lt=2**31, description="The first token's index.")
    count: int = Field(400, ge=1, le=MOST_TOKENS, description="How many tokens.")


class TokenRows(Schema):
    """A document's tokens with what the scan says of each."""

    lead: str = Field(description="Text before the first position, where the first token is asked for.")
    rows: list[dict[str, Any]] = Field(
        description="index, text, token_id, entropy (nats), truth_logprob, truth_rank, top_ids, top_logprobs ..."
    )
    words: dict[str, str] = Field(description="The readable text of every token id in `rows`.")


@router.get("/corpora/{int:corpus}/scans", response=replies(Page[ScanOut]), summary="List a corpus' scans")
def list_scans(request: HttpRequest, corpus: int, query: Query[PageQuery]) -> Any:
    """Newest first, 50 a page."""
    scans = own_corpus(request.user, corpus).scans.select_related("job")
    return paged(scans, query.page, A_PAGE, scan_out)


@router.post("/corpora/{int:corpus}/scans", response=replies(ScanOut, status=CREATED), summary="Start a scan")
def scan_corpus(request: HttpRequest, corpus: int, body: NewScan) -> Any:
    """Queues a scan of the corpus by a model. One that was stopped goes on from its finished parts."""
    found = own_corpus(request.user, corpus)
    return Status(
        CREATED, scan_out(start_scan(found, body.model.strip(), body.positions, body.max_documents))
    )


@router.get("/scans/{int:scan}", response=replies(ScanDetail), summary="Show a scan")
def show_scan(request: HttpRequest, scan: int) -> Any:
    """Its progress, and once it is finished the histogram of its entropies."""
    found = own_scan(request.user, scan)
    file = Path(found.positions_file)
    histogram = usable_histogram(file, min_context(found)) if found.positions_file else ()
    return scan_detail(found, histogram, HISTOGRAM_BIN)


@router.post("/scans/{int:scan}/cancel", response=replies(Changed), summary="Cancel a scan")
def cancel_scan(request: HttpRequest, scan: int) -> Any:
    """Finished parts stay: a later scan with the same settings goes on from them."""
    changed = request_cancel(own_scan(request.user, scan).job)
    return Changed(changed=changed, message=_CANCELLED if changed else _ENDED)


@router.get(
    "/scans/{int:scan}/documents/{int:index}",
    response=replies(Entropies),
    summary="Entropies of a document",
)
def scan_entropies(request: HttpRequest, scan: int, index: int) -> Any:
    """What a finished scan found at each position of a document. One it does not cover has no positions."""
    found = _finished(request, scan)
    return JsonResponse(asdict(overview(Path(found.positions_file), index, min_context(found))))


@router.get(
    "/scans/{int:scan}/documents/{int:index}/tokens",
    response=replies(TokenRows),
    summary="Tokens of a document",
)
def scan_tokens(request: HttpRequest, scan: int, index: int, query: Query[TokenQuery]) -> Any:
    """A stretch of the document: each token with its entropy, its probability and the 16 most likely ones."""
    found = _finished(request, scan)
    document = read_document(found.corpus, index)
    if document is None:
        raise Answer(f"The corpus has no document {index}.", status=MISSING)
    stop = query.first + query.count
    return JsonResponse(tokens(Path(found.positions_file), index, document.text, query.first, stop))


_CANCELLED = "The scan is being cancelled."
_ENDED = "The scan had ended already: there was nothing to cancel."


def _finished(request: HttpRequest, pk: int) -> Scan:
    found = own_scan(request.user, pk)
    if not found.positions_file:
        raise Answer("The scan has not finished.", status=MISSING, remedy="Wait for it.", retryable=True)
    return found
