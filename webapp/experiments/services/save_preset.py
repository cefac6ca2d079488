"""Keeps settings as a preset of somebody's own."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.presets import PRESETS
from webapp.experiments.models import OwnPreset

_NAME = re.compile(r"[\w][\w .+-]{0,63}")
_HELP = 200


def save_preset(
    owner: Any, name: str, config: ExperimentConfig, *, help_text: str = "", replace: bool = False
) -> OwnPreset:
    """Store the settings under a name.

    Args:
        owner: whose preset it is.
        name: letters, digits, spaces and . _ + -; no built-in preset's.
        config: the settings. What names a run, a probe or a corpus is kept as it is.
        help_text: a sentence of what it is for.
        replace: whether it may take the place of an own preset of that name.

    Raises:
        ForesightError: field `preset_name` or `preset_help`; the name cannot be used, or is taken.
    """
    name, help_text = name.strip(), help_text.strip()
    if not _NAME.fullmatch(name):
        raise ForesightError(
            "That is no name for a preset." if name else "A preset needs a name.",
            field="preset_name",
            remedy="Give up to 64 letters, digits, spaces and . _ + -, beginning with a letter or a digit.",
        )
    if name in PRESETS:
        raise ForesightError(
            f"{name} is a built-in preset.", field="preset_name", remedy="Give another name."
        )
    if len(help_text) > _HELP:
        raise ForesightError(
            f"The description has {len(help_text)} characters.",
            field="preset_help",
            remedy=f"Give at most {_HELP}.",
        )
    existing = OwnPreset.objects.owned_by(owner).filter(name=name).exists()
    if existing and not replace:
        raise ForesightError(
            f"You have a preset {name} already.",
            field="preset_name",
            remedy="Give another name, or say that it is to be replaced.",
        )
    values = {"help": help_text, "config": config.model_dump(mode="json"), "saved": timezone.now()}
    preset: OwnPreset = OwnPreset.objects.update_or_create(owner=owner, name=name, defaults=values)[0]
    return preset
