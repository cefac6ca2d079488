"""Experiments: presets, validation, stored ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from training.contract.experiment import dump_yaml
from training.contract.presets import PRESETS
from webapp.api.errors import BAD_REQUEST, MISSING, TOO_LARGE, Answer
from webapp.api.experiment_body import BODY, CorpusQuery, body_draft, valid_draft
from webapp.api.schemas.common import Page, PageQuery, content, paged, replies
from webapp.api.schemas.experiments import (
    ExperimentDetail,
    ExperimentOut,
    PresetOut,
    Validation,
    experiment_detail,
    experiment_out,
    preset_out,
    validation,
)
from webapp.experiments.models import Experiment
from webapp.experiments.services.create import create_experiment

router = Router(tags=["Experiments"])
A_PAGE = 50
CREATED = 201
YAML = "application/yaml"


@router.get("/presets", response=replies(list[PresetOut]), summary="List presets")
def list_presets(request: HttpRequest) -> Any:
    """Starting points for an experiment, with all their settings."""
    return [preset_out(one.name, one.help, one.config) for one in PRESETS.values()]


@router.get("/presets/{name}", response=replies(PresetOut), summary="Show a preset")
def show_preset(request: HttpRequest, name: str) -> Any:
    """One starting point: as settings, and as the text of an experiment file."""
    found = PRESETS.get(name)
    if found is None:
        raise Answer(
            f"There is no preset {name!r}.", status=MISSING, remedy=f"Choose one of: {', '.join(PRESETS)}."
        )
    return preset_out(found.name, found.help, found.config)


@router.post(
    "/experiments/validate",
    response=replies(Validation, BAD_REQUEST, TOO_LARGE),
    summary="Validate an experiment",
    openapi_extra=BODY,
)
def validate_experiment(request: HttpRequest, query: Query[CorpusQuery]) -> Any:
    """Says what is wrong with settings and what they would do. Stores nothing; a faulty experiment is no error here.

    `data.corpus` names one of your corpora, or `sample`; its text fields are those of the corpus.
    """
    return validation(body_draft(request, query.corpus))


@router.get("/experiments", response=replies(Page[ExperimentOut]), summary="List experiments")
def list_experiments(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Your experiments, newest first, 50 a page."""
    owned = Experiment.objects.filter(owner=request.user).select_related("corpus").prefetch_related("runs")
    return paged(owned, query.page, A_PAGE, experiment_out)


@router.post(
    "/experiments",
    response=replies(ExperimentDetail, BAD_REQUEST, TOO_LARGE, status=CREATED),
    summary="Create an experiment",
    operation_id="create_experiment",
    openapi_extra=BODY,
)
def create(request: HttpRequest, query: Query[CorpusQuery]) -> Any:
    """Stores the settings; `POST /api/runs` launches them. A mistake is answered with `errors`: {setting: sentence}."""
    return Status(
        CREATED, experiment_detail(create_experiment(request.user, valid_draft(request, query.corpus)))
    )


@router.get("/experiments/{int:experiment}", response=replies(ExperimentDetail), summary="Show an experiment")
def show_experiment(request: HttpRequest, experiment: int) -> Any:
    """With its settings."""
    return experiment_detail(own_experiment(request.user, experiment))


@router.get(
    "/experiments/{int:experiment}/yaml",
    response=replies(None),
    summary="Export an experiment",
    openapi_extra=content(YAML),
)
def export_experiment(request: HttpRequest, experiment: int) -> Any:
    """The text of an experiment file: `python -m training run` and `POST /api/experiments` read it."""
    found = own_experiment(request.user, experiment)
    return HttpResponse(dump_yaml(found.typed), content_type=f"{YAML}; charset=utf-8")


def own_experiment(user: Any, pk: int) -> Experiment:
    """The user's experiment. Raises Http404."""
    owned = Experiment.objects.filter(owner=user).select_related("corpus")
    experiment: Experiment = get_object_or_404(owned, pk=pk)
    return experiment
