"""Launch a run of an experiment: its folder, its settings file, its job and its row."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import transaction

from training.contract.experiment import dump_yaml
from training.contract.settings.method import NtpConfig
from webapp.experiments.changed import changed_settings
from webapp.experiments.models import Experiment
from webapp.experiments.training_config import for_training
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Run
from webapp.runs.references import find_checkpoint, find_run

SLOTS = 18
"""Of the run palette: six colours, then the same dashed, then dotted; a nineteenth run takes the first again."""
ARGUMENTS = (
    "run",
    "--config",
    "{folder}/experiment.yaml",
    "--run-dir",
    "{folder}",
    "--attempt",
    "{attempt}",
)


def launch_run(experiment: Experiment) -> Run:
    """Queue one run of the experiment and return it. Corpus, checkpoint and run become folders in its settings.

    Raises:
        ForesightError: the stored settings are no valid experiment any more, or name a run or a
            checkpoint that is gone.
    """
    stored, owner = experiment.typed, experiment.owner
    config = for_training(stored, experiment.corpus).model_copy(update={"name": experiment.name})
    start, method = stored.model.start_from, stored.method
    reference = method.reference if isinstance(method, NtpConfig) else ""
    with transaction.atomic():
        job = create_job("run", experiment.owner, "runs/{job}", ARGUMENTS)
        run: Run = Run.objects.create(
            owner=experiment.owner,
            experiment=experiment,
            job=job,
            name=experiment.name,
            config=config.model_dump(mode="json"),
            changed=changed_settings(stored, experiment.preset),
            colour=Run.objects.owned_by(experiment.owner).count() % SLOTS,
            steps_asked=config.steps_known or 0,  # where epochs decide, the trainer says so once it knows
            start_checkpoint=find_checkpoint(owner, start) if start else None,
            control_of=find_run(owner, reference) if reference else None,
        )
        _write(job_folder(job) / "experiment.yaml", dump_yaml(config))
        send_launch_hint(job)
    return run


def _write(path: Path, text: str) -> None:
    """Write a file so that it is either whole or not there."""
    partial = path.with_name(f".{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
