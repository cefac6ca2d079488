"""Launching: rows and the settings file, or the form again with all that was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from training.contract.experiment import load_experiment
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.runs.models import Run


def test_launch_creates_experiment_run_and_queued_job(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    answer = client_signed_in.post("/experiments/launch/", posted(corpus, name="first", seed="7"))
    run = Run.objects.get()
    assert answer.status_code == 302 and answer.url == f"/runs/{run.pk}/"
    assert (run.name, run.job.kind, run.job.state) == ("first", "run", "queued")
    assert (run.experiment.corpus, run.experiment.preset) == (corpus, "demo-cpu")
    assert run.experiment.typed.seed == 7
    config = load_experiment(home / run.job.folder / "experiment.yaml")
    assert (config.name, config.data.corpus) == ("first", corpus.training_source)


def test_launch_with_errors_keeps_input_and_creates_nothing(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    data = posted(made_corpus(home, user), name="kept name", optimisation__mini_batch_contexts="3")
    answer = client_signed_in.post("/experiments/launch/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="kept name"' in page
    assert "does not divide by optimisation.mini_batch_contexts (3)" in page
    assert Experiment.objects.count() == Run.objects.count() == Job.objects.count() == 0


def test_launch_unchecked_box_is_false(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(
        made_corpus(home, user), evaluation__baselines=["false"], method__prefill_think=["false", "true"]
    )
    client_signed_in.post("/experiments/launch/", data)
    config = Experiment.objects.get().typed
    assert (config.evaluation.baselines, config.rpt.prefill_think) == (False, True)


def test_experiments_list_offers_clones_of_own_experiments(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    client_signed_in.post("/experiments/launch/", posted(made_corpus(home, user), name="first", seed="7"))
    experiment = Experiment.objects.get()
    page = client_signed_in.get("/experiments/").content.decode()
    assert f'href="/experiments/new/?from={experiment.pk}"' in page
    assert "Queued" in page
    page = client_signed_in.get("/experiments/new/", {"from": experiment.pk}).content.decode()
    assert 'value="first copy"' in page
    assert "0 changed from first" in page
    other = Client()
    other.force_login(other_user)
    assert "first" not in other.get("/experiments/").content.decode()
    assert "first copy" not in other.get("/experiments/new/", {"from": experiment.pk}).content.decode()
