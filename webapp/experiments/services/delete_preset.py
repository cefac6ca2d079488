"""Removes a preset of somebody's own. Experiments that were started from it stay as they are."""

from __future__ import annotations

from webapp.experiments.models import OwnPreset


def delete_preset(preset: OwnPreset) -> None:
    preset.delete()
