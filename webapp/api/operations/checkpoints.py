"""Checkpoints of a run: the list, one file, the whole model folder. Downloads resume."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Schema
from pydantic import Field

from training.contract.events import CheckpointFile
from webapp.api.errors import MISSING, Answer
from webapp.api.schemas.common import content, replies
from webapp.checkpoints.access import own_checkpoint
from webapp.checkpoints.archive import Download, checkpoint_archive, checkpoint_file
from webapp.checkpoints.response import download_response
from webapp.checkpoints.views import best_of
from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint

router = Router(tags=["Checkpoints"])
NOT_SATISFIABLE = 416
_ARCHIVE = "/runs/{int:run}/checkpoints/{int:step}/archive.tar"
_FILE = "/runs/{int:run}/checkpoints/{int:step}/files/{path:path}"


class CheckpointOut(Schema):
    """A verified checkpoint. Its `files` are a Hugging Face folder."""

    step: int
    attempt: int
    reference: str = Field(description="How an experiment names it: `model.start_from: run:12/step:15`.")
    bytes: int = Field(description="Of the whole folder, the state to resume included.")
    weights_sha256: str
    files: list[CheckpointFile]
    reward: float | None
    best_by: str = Field(description="The metric that `score` is of.")
    score: float | None
    best: bool = Field(description="The best of those on the disk.")
    weights_only: bool = Field(description="Kept for its score, without the state to resume.")
    removed: bool = Field(description="Newer ones took its place: it cannot be downloaded.")
    created: datetime


@router.get("/runs/{int:run}/checkpoints", response=replies(list[CheckpointOut]), summary="List checkpoints")
def list_checkpoints(request: HttpRequest, run: int) -> Any:
    """Newest step first, removed ones too."""
    found = list(Checkpoint.objects.of_run(own_run(request.user, run)))
    best = best_of(found)["best"]
    return [_checkpoint(one, one.pk == best) for one in found]


@router.get(
    _ARCHIVE,
    response=replies(None, NOT_SATISFIABLE),
    summary="Download a checkpoint",
    openapi_extra=content("application/x-tar"),
)
def download_archive(request: HttpRequest, run: int, step: int) -> Any:
    """The Hugging Face folder and a manifest with its SHA-256 sums, as an uncompressed tar.

    Takes `Range`, `If-Range` and `If-None-Match`: the same checkpoint always gives the same bytes.
    """
    return _sent(request, checkpoint_archive(own_checkpoint(request.user, run, step)))


@router.get(
    _FILE,
    response=replies(None, NOT_SATISFIABLE),
    summary="Download one file of a checkpoint",
    openapi_extra=content("application/octet-stream"),
)
def download_file(request: HttpRequest, run: int, step: int, path: str) -> Any:
    """A file of the list's `files`; its ETag is its SHA-256. Takes `Range`, `If-Range` and `If-None-Match`."""
    return _sent(request, checkpoint_file(own_checkpoint(request.user, run, step), path))


@router.api_operation(["HEAD"], _ARCHIVE, include_in_schema=False)
def head_archive(request: HttpRequest, run: int, step: int) -> Any:
    return download_archive(request, run, step)


@router.api_operation(["HEAD"], _FILE, include_in_schema=False)
def head_file(request: HttpRequest, run: int, step: int, path: str) -> Any:
    return download_file(request, run, step, path)


def _sent(request: HttpRequest, download: Download | None) -> HttpResponseBase:
    if download is None:
        raise Answer("The checkpoint holds no such file, or the disk has lost it.", status=MISSING)
    return download_response(request, download)


def _checkpoint(found: Checkpoint, best: bool) -> CheckpointOut:
    names = ("step", "attempt", "reference", "bytes", "weights_sha256", "files", "reward", "best_by", "score")
    more = ("weights_only", "removed", "created")
    return CheckpointOut(**{name: getattr(found, name) for name in (*names, *more)}, best=best)
