"""Experiments: validation, estimates, verl's configuration, stored ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status

from training.contract.experiment import dump_yaml
from webapp.api.errors import BAD_REQUEST, TOO_LARGE, UNAVAILABLE
from webapp.api.experiment_body import BODY, CorpusQuery, body_draft, valid_draft
from webapp.api.schemas.common import Page, PageQuery, content, paged, replies
from webapp.api.schemas.estimates import EstimateOut, EstimateQuery, estimate_out
from webapp.api.schemas.experiments import (
    ExperimentDetail,
    ExperimentOut,
    Validation,
    experiment_detail,
    experiment_out,
    validation,
)
from webapp.experiments.check import tuning_steps
from webapp.experiments.estimate import estimate_of
from webapp.experiments.models import Experiment
from webapp.experiments.services.create import create_experiment
from webapp.experiments.verl_config import verl_config

router = Router(tags=["Experiments"])
A_PAGE = 50
CREATED = 201
YAML = "application/yaml"


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


@router.post(
    "/experiments/estimate",
    response=replies(EstimateOut, BAD_REQUEST, TOO_LARGE),
    summary="Estimate memory and time",
    openapi_extra=BODY,
)
def estimate_experiment(request: HttpRequest, query: Query[EstimateQuery]) -> Any:
    """What a run of these settings would take, each part with its formula. Stores nothing.

    The speed is the one you give, else that of your newest run of the same model and method, else assumed.
    """
    draft = valid_draft(request, query.corpus)
    assert draft.config is not None  # it is valid
    steps = tuning_steps(draft.config, draft.corpus)
    return estimate_out(estimate_of(request.user, draft.config, steps, query.assumptions))


@router.post(
    "/experiments/verl-config",
    response=replies(None, BAD_REQUEST, TOO_LARGE, UNAVAILABLE),
    summary="Show verl's configuration",
    operation_id="show_verl_config",
    openapi_extra={**BODY, **content(YAML)},
)
def show_verl(request: HttpRequest, query: Query[CorpusQuery]) -> Any:
    """What the settings set in verl's configuration, as YAML; the rest is verl's default. It may take some seconds."""
    draft = valid_draft(request, query.corpus)
    assert draft.config is not None  # it is valid
    return HttpResponse(verl_config(draft.config), content_type=f"{YAML}; charset=utf-8")


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
