"""Stores a valid draft as an experiment. Starts nothing."""

from __future__ import annotations

from typing import Any

from training.contract.errors import ForesightError
from webapp.experiments.draft import Draft
from webapp.experiments.models import Experiment


def create_experiment(owner: Any, draft: Draft) -> Experiment:
    """Raises ForesightError for a draft with errors: the form shows them before."""
    if draft.config is None or draft.corpus is None or draft.errors:
        name, message = next(iter(draft.errors.items()))
        raise ForesightError(message, field=name)
    experiment: Experiment = Experiment.objects.create(
        owner=owner,
        name=draft.config.name,
        corpus=draft.corpus,
        config=draft.config.model_dump(mode="json"),
        preset=draft.base.preset,
    )
    return experiment
