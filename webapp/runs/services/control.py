"""Launch the supervised control of an RPT run: next-token training on its documents, for its compute."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from training.contract.compute import matched_tokens
from training.contract.errors import ForesightError
from training.contract.settings.method import NtpConfig
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.runs.references import run_reference
from webapp.runs.services.launch import launch_run


def launch_control(run: Run) -> Run:
    """Queue a run with the same data, model, positions and optimiser, and return it.

    It has as many steps as the RPT run (as it was asked for, while it is active; as it did, once it has
    ended), and each costs what the mean step of that run did.

    Raises:
        ForesightError: the run is a control itself, has no step yet, or its settings are of an older schema.
    """
    config = run.experiment.typed
    if config.method.kind != "rpt":
        raise ForesightError("A supervised control has no control of its own.", field="method.kind")
    method = NtpConfig(tokens_per_step=matched_tokens(run.folder_path), reference=run_reference(run))
    steps = run.step if run.job.ended else run.steps_asked
    changes: dict[str, Any] = {
        "name": f"{run.name[:110]} control",
        "method": method,
        "optimisation": config.optimisation.model_copy(update={"steps": max(1, steps)}),
        # Its loss is of other sequences at every step: that a step's is low does not make it the best.
        "checkpoints": config.checkpoints.model_copy(update={"keep_best": 0, "best_by": "control/loss"}),
    }
    with transaction.atomic():
        experiment: Experiment = Experiment.objects.create(
            owner=run.owner,
            name=changes["name"],
            corpus=run.experiment.corpus,
            config=config.model_copy(update=changes).model_dump(mode="json"),
            preset=run.experiment.preset,
        )
        return launch_run(experiment)
