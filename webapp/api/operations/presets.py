"""Presets: the built-in ones, and those a person keeps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import ValidationError

from training.contract.experiment import ExperimentConfig, field_errors
from training.contract.presets import PRESETS
from webapp.api.errors import BAD_REQUEST, CONFLICT, MISSING, TOO_LARGE, Answer, invalid
from webapp.api.experiment_body import BODY, read_body
from webapp.api.schemas.common import replies
from webapp.api.schemas.experiments import PresetOut, preset_out
from webapp.experiments.fields import place_errors
from webapp.experiments.models import OwnPreset
from webapp.experiments.services.delete_preset import delete_preset
from webapp.experiments.services.save_preset import save_preset
from webapp.experiments.starting_points import find_own, own_presets

router = Router(tags=["Experiments"])
REMOVED = 204


class SaveQuery(Schema):
    help: str = Field("", description="What it is for, in a sentence.")


@router.get("/presets", response=replies(list[PresetOut]), summary="List presets")
def list_presets(request: HttpRequest) -> Any:
    """Starting points for an experiment, with all their settings: the built-in ones, then your own by name."""
    built_in = [preset_out(one.name, one.help, one.config) for one in PRESETS.values()]
    return built_in + [_own(one) for one in own_presets(request.user)]


@router.get("/presets/{name}", response=replies(PresetOut), summary="Show a preset")
def show_preset(request: HttpRequest, name: str) -> Any:
    """One starting point: as settings, and as the text of an experiment file."""
    found = PRESETS.get(name)
    return preset_out(found.name, found.help, found.config) if found else _own(_find(request.user, name))


@router.put(
    "/presets/{name}",
    response=replies(PresetOut, BAD_REQUEST, TOO_LARGE),
    summary="Save a preset",
    operation_id="save_preset",
    openapi_extra=BODY,
)
def save(request: HttpRequest, name: str, query: Query[SaveQuery]) -> Any:
    """Keeps settings under a name of your own; one of that name is replaced. The corpus need not exist."""
    try:
        config = ExperimentConfig.model_validate(read_body(request))
    except ValidationError as error:
        raise invalid(place_errors(field_errors(error)), "The experiment") from error
    return _own(save_preset(request.user, name, config, help_text=query.help, replace=True))


@router.delete(
    "/presets/{name}",
    response=replies(None, CONFLICT, status=REMOVED),
    summary="Remove a preset",
    operation_id="remove_preset",
)
def remove(request: HttpRequest, name: str) -> Any:
    """Removes one of your own. Experiments that were started from it stay as they are."""
    if name in PRESETS:
        raise Answer(f"{name} is a built-in preset: it stays.", status=CONFLICT)
    delete_preset(_find(request.user, name))
    return Status(REMOVED, None)


def _find(user: Any, name: str) -> OwnPreset:
    """The user's own preset. Raises Answer."""
    found = find_own(user, name)
    if found is None:
        own = (one.name for one in own_presets(user))
        known = ", ".join((*PRESETS, *own))
        raise Answer(f"There is no preset {name!r}.", status=MISSING, remedy=f"Choose one of: {known}.")
    return found


def _own(preset: OwnPreset) -> PresetOut:
    return preset_out(preset.name, preset.help, preset.typed, own=True)
