"""What an experiment starts from beside the built-in presets: the person's own, and what was launched before."""

from __future__ import annotations

from typing import Any

from webapp.experiments.models import Experiment, OwnPreset

EARLIER = 12
"""So many earlier experiments the form offers; the list of experiments has all."""


def find_own(user: Any, name: str) -> OwnPreset | None:
    """The user's own preset of that name."""
    own: OwnPreset | None = OwnPreset.objects.owned_by(user).filter(name=name).first()
    return own


def own_presets(user: Any) -> Any:
    """The user's own, by name."""
    return OwnPreset.objects.owned_by(user)


def earlier_experiments(user: Any) -> Any:
    """The newest experiments, each with its corpus."""
    return Experiment.objects.filter(owner=user).select_related("corpus")[:EARLIER]
