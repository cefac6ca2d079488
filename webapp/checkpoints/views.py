"""Checkpoints of a run: the list, one file, the whole model folder as an archive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from training.contract.metrics import CATALOGUE
from webapp.checkpoints.access import own_checkpoint
from webapp.checkpoints.archive import (
    CARD,
    Download,
    archive_bytes,
    checkpoint_archive,
    checkpoint_file,
    model_card,
)
from webapp.checkpoints.response import download_response
from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint
from webapp.runs.page import head_context

REWARD = "reward/mean"


@require_safe
def checkpoint_list(request: HttpRequest, pk: int) -> HttpResponse:
    run = own_run(request.user, pk)
    checkpoints = list(Checkpoint.objects.of_run(run).prefetch_related("children"))
    context = {
        **head_context(run, "checkpoints"),
        "checkpoints": [(one, archive_bytes(one)) for one in checkpoints],
        "card_path": CARD,
        **best_of(checkpoints),
    }
    return render(request, "checkpoints/list.html", context)


def best_of(checkpoints: Sequence[Checkpoint]) -> dict[str, Any]:
    """The best of those on the disk, as retention judges it: its key and the words for it.

    Of equal scores the later step is the better; where all are equal, or the only one is 0, none is the best.
    Checkpoints of before there was a score go by reward.
    """
    key = next((c.best_by for c in checkpoints if c.best_by), REWARD)
    all_scores = [
        (c.score if c.best_by == key else c.reward if key == REWARD else None, c) for c in checkpoints
    ]
    scores = [(score, c) for score, c in all_scores if score is not None]
    values = {score for score, _ in scores}
    alike = len(values) == 1 and (len(scores) > 1 or values == {0.0})
    sign = -1 if CATALOGUE[key].healthy == "down" else 1
    known = [(sign * score, c.step, c.pk) for score, c in scores if not c.removed]
    return {
        "best": max(known)[2] if known and not alike else None,
        "alike": alike,
        "best_words": f"best: {CATALOGUE[key].label}",
        "scored_by": None if key == REWARD else CATALOGUE[key],
    }


@require_safe
def card(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """The model card as text, for a part of the list."""
    text = model_card(own_checkpoint(request.user, pk, step))
    if text is None:
        raise Http404("The checkpoint has no model card, or the disk has lost it.")
    return render(request, "checkpoints/card.html", {"text": text, "step": step})


@require_safe
def archive(request: HttpRequest, pk: int, step: int) -> HttpResponseBase:
    return _answer(request, checkpoint_archive(own_checkpoint(request.user, pk, step)))


@require_safe
def file(request: HttpRequest, pk: int, step: int, path: str) -> HttpResponseBase:
    return _answer(request, checkpoint_file(own_checkpoint(request.user, pk, step), path))


def _answer(request: HttpRequest, download: Download | None) -> HttpResponseBase:
    if download is None:
        raise Http404("The checkpoint holds no such file, or the disk has lost it.")
    return download_response(request, download)
