"""Launching a run of an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from training.contract.experiment import load_experiment
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.jobs.trainer import command_line
from webapp.runs.services.launch import launch_run


@pytest.fixture
def experiment(user: Any, home: Path, settings: Any) -> Experiment:
    settings.MEDIA_ROOT = home / "uploads"
    corpus = Corpus(owner=user, name="problems", text_field="body", join_fields=["problem", "solution"])
    corpus.file.save("problems.jsonl", ContentFile(b"{}"))
    config = {"name": "draft", "optimisation": {"steps": 12}}
    return Experiment.objects.create(owner=user, name="first try", corpus=corpus, config=config)


def test_launch_run_writes_the_settings_with_the_corpus_file(experiment: Experiment, home: Path) -> None:
    run = launch_run(experiment)
    config = load_experiment(home / "runs" / str(run.job.pk) / "experiment.yaml")
    assert config.data.corpus == experiment.corpus.file.path
    assert (config.data.text_field, config.data.join_fields) == ("body", ("problem", "solution"))
    assert config.name == "first try"
    assert run.typed == config


def test_launch_run_queues_a_job_of_training_run(experiment: Experiment, home: Path) -> None:
    run = launch_run(experiment)
    assert (run.job.kind, run.job.state, run.steps_asked, run.name) == ("run", "queued", 12, "first try")
    run.job.attempt = 2
    folder = str(home / "runs" / str(run.job.pk))
    config = f"{folder}/experiment.yaml"
    expected = ["run", "--config", config, "--run-dir", folder, "--attempt", "2"]
    assert command_line(run.job)[3:] == expected


def test_launch_run_gives_each_run_the_next_colour(experiment: Experiment) -> None:
    assert [launch_run(experiment).colour for _ in range(7)] == [0, 1, 2, 3, 4, 5, 6]
