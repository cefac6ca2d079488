"""Preparations of corpora: near-duplicates, personal data, decontamination, quality."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from training.contract.preparation import PreparationConfig
from webapp.api.errors import BAD_REQUEST, TOO_LARGE, invalid
from webapp.api.experiment_body import read_body, settings_body
from webapp.api.schemas.common import Changed, Page, PageQuery, content, paged, replies
from webapp.api.schemas.preparations import (
    AgainstQuery,
    PreparationDetail,
    PreparationOut,
    preparation_detail,
    preparation_out,
)
from webapp.checkpoints.response import download_response
from webapp.corpora.access import own_corpus
from webapp.jobs.services.cancel import request_cancel
from webapp.preparations.access import own_preparation
from webapp.preparations.draft import submitted_draft
from webapp.preparations.files import preparation_file
from webapp.preparations.models import Preparation
from webapp.preparations.services.start import check_preparable, start_preparation

router = Router(tags=["Preparations"])
A_PAGE = 50
CREATED = 201


@router.get("/preparations", response=replies(Page[PreparationOut]), summary="List preparations")
def list_preparations(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Your preparations, newest first, 50 a page."""
    owned = Preparation.objects.owned_by(request.user).with_corpora()
    return paged(owned, query.page, A_PAGE, preparation_out)


@router.get(
    "/preparations/settings", response=replies(PreparationConfig), summary="Show a preparation's settings"
)
def preparation_settings(request: HttpRequest) -> Any:
    """Every setting with its default: what `POST /api/corpora/{corpus}/preparations` takes."""
    return PreparationConfig.model_validate({})


@router.post(
    "/corpora/{int:corpus}/preparations",
    response=replies(PreparationDetail, BAD_REQUEST, TOO_LARGE, status=CREATED),
    summary="Prepare a corpus",
    openapi_extra=settings_body("PreparationConfig", required=False),
)
def prepare_corpus(request: HttpRequest, corpus: int, query: Query[AgainstQuery]) -> Any:
    """Queues a preparation, whose result is a new corpus; the source stays as it is. No body takes every default.

    The sections `data` and `decontamination.against` are set by the corpora themselves.
    """
    found = own_corpus(request.user, corpus)
    check_preparable(found)
    settings = read_body(request) if request.body else {}
    draft = submitted_draft(request.user, found, settings, query.against)
    if draft.errors:
        raise invalid(draft.errors, "The preparation")
    return Status(CREATED, preparation_detail(start_preparation(request.user, draft)))


@router.get(
    "/preparations/{int:preparation}", response=replies(PreparationDetail), summary="Show a preparation"
)
def show_preparation(request: HttpRequest, preparation: int) -> Any:
    """How it goes, and once it is finished what each stage dropped and changed, with samples."""
    return preparation_detail(own_preparation(request.user, preparation))


@router.post(
    "/preparations/{int:preparation}/cancel", response=replies(Changed), summary="Cancel a preparation"
)
def cancel_preparation(request: HttpRequest, preparation: int) -> Any:
    """Ends it. No corpus comes of it."""
    if request_cancel(own_preparation(request.user, preparation).job):
        return Changed(changed=True, message="The preparation is being cancelled.")
    return Changed(changed=False, message="The preparation had ended already: there was nothing to cancel.")


@router.get(
    "/preparations/{int:preparation}/files/{name}",
    response=replies(None),
    summary="Download a file of a preparation",
    openapi_extra=content("application/octet-stream"),
)
def download_preparation_file(request: HttpRequest, preparation: int, name: str) -> Any:
    """The documents that are left, every dropped or changed one with its reason, or the report. Takes `Range`."""
    return download_response(request, preparation_file(own_preparation(request.user, preparation), name))
