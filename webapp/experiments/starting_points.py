"""What an experiment can be started from: built-in presets, the person's own, and what was launched before."""

from __future__ import annotations

from typing import Any

from training.contract.preset import Preset
from training.contract.presets import PRESETS
from webapp.experiments.models import Experiment, OwnPreset

EARLIER = 12
"""So many earlier experiments the form offers; the list of experiments has all."""


def find_preset(user: Any, name: str) -> Preset | None:
    """A built-in preset or one of the user's own."""
    if name in PRESETS:
        return PRESETS[name]
    own = OwnPreset.objects.owned_by(user).filter(name=name).first() if name else None
    return Preset(own.name, own.help, own.typed) if own else None


def own_presets(user: Any) -> Any:
    """The user's own, by name."""
    return OwnPreset.objects.owned_by(user)


def earlier_experiments(user: Any) -> Any:
    """The newest experiments, each with its corpus."""
    return Experiment.objects.filter(owner=user).select_related("corpus")[:EARLIER]
