"""The models a form offers, and what is wrong with a name that somebody typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from training.contract.disk import count_parameters
from training.contract.errors import ForesightError
from training.contract.model_names import CATALOGUE, check_model_name


@dataclass(frozen=True, slots=True)
class ModelChoice:
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class ModelFinding:
    """What is known of a model's name: an error, or a note, or neither."""

    error: str = ""
    note: str = ""


def models_root() -> Path:
    return Path(settings.HOME) / "models"


def model_choices() -> tuple[ModelChoice, ...]:
    """The catalogue, then the folders under the models root that hold a config.json."""
    offered = [ModelChoice(model.name, model.label) for model in CATALOGUE.values()]
    root = models_root()
    found = sorted(path.parent.relative_to(root).as_posix() for path in root.glob("*/config.json"))
    found += sorted(path.parent.relative_to(root).as_posix() for path in root.glob("*/*/config.json"))
    return (*offered, *(ModelChoice(name, name) for name in found if name not in CATALOGUE and _named(name)))


def find_model(name: str) -> ModelFinding:
    """Whether a job on this machine would find the model. A hub id is fetched where the job runs."""
    try:
        check_model_name(name)
    except ValueError as error:
        return ModelFinding(error=str(error))
    if name in CATALOGUE or (models_root() / name / "config.json").is_file():
        return ModelFinding()
    if "/" in name:
        return ModelFinding(
            note=f"{name} is not on this machine. It is fetched from the hub where the run starts."
        )
    return ModelFinding(
        error=f"There is no model {name!r} in the catalogue and no folder {name!r} under the models root. "
        "Choose a listed model, or put its folder there."
    )


def parameters_of(name: str) -> int | None:
    """How many parameters a model has; None where its weights are not on this machine yet."""
    try:
        return count_parameters(models_root() / name)
    except ForesightError:  # no weights there: they are fetched when a run starts
        return CATALOGUE[name].parameters if name in CATALOGUE else None


def _named(name: str) -> bool:
    try:
        check_model_name(name)
    except ValueError:
        return False
    return True
