"""Launch a run of an experiment: its folder, its settings file, its job and its row."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import transaction

from training.contract.experiment import ExperimentConfig, dump_yaml
from webapp.experiments.models import Experiment
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Run

COLOURS = 6
"""Slots of the run palette; a seventh run takes the first colour again."""
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
    """Queue one run of the experiment and return it. The corpus' own file and fields go into its settings.

    Raises:
        ForesightError: the stored settings are no valid experiment any more.
    """
    config = _with_corpus(experiment)
    with transaction.atomic():
        job = create_job("run", experiment.owner, "runs/{job}", ARGUMENTS)
        run: Run = Run.objects.create(
            owner=experiment.owner,
            experiment=experiment,
            job=job,
            name=experiment.name,
            config=config.model_dump(mode="json"),
            colour=Run.objects.owned_by(experiment.owner).count() % COLOURS,
            steps_asked=config.optimisation.steps,
        )
        _write(job_folder(job) / "experiment.yaml", dump_yaml(config))
        send_launch_hint(job)
    return run


def _with_corpus(experiment: Experiment) -> ExperimentConfig:
    corpus, config = experiment.corpus, experiment.typed
    data = config.data.model_copy(update=corpus.training_data)
    return config.model_copy(update={"data": data, "name": experiment.name})


def _write(path: Path, text: str) -> None:
    """Write a file so that it is either whole or not there."""
    partial = path.with_name(f".{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
