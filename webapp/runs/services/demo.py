"""Launch the demo experiment: the `demo-cpu` preset on the built-in sample corpus."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from training.contract.presets import preset
from webapp.corpora.services.sample import ensure_sample
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.runs.services.launch import launch_run

PRESET = "demo-cpu"


def launch_demo(owner: Any) -> Run:
    """Queue one run of the demo for this user.

    Raises:
        ForesightError: the sample corpus cannot be read, or the user may have no further job now.
    """
    corpus = ensure_sample(owner)
    with transaction.atomic():
        experiment = Experiment.objects.create(
            owner=owner,
            name=PRESET,
            corpus=corpus,
            config=preset(PRESET).model_dump(mode="json"),
            preset=PRESET,
        )
        return launch_run(experiment)
