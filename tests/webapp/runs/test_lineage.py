"""Runs that come from runs: a start from a checkpoint, a supervised control; always the owner's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from tests.webapp.made_run import MadeRun, make_checkpoint, make_run
from training.contract.events import Began, CheckpointReduced, CheckpointSaved, Envelope, Metrics
from training.contract.experiment import load_experiment
from training.contract.settings.method import NtpConfig
from training.contract.stream import EventWriter, spool_path
from webapp.checkpoints.views import best_of
from webapp.corpora.models import Corpus
from webapp.experiments.fields import read_config, texts_of
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job, JobEvent
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Checkpoint, MetricPoint, Run
from webapp.runs.projection import project
from webapp.runs.services.control import launch_control


@pytest.fixture
def parent(user: Any, home: Path) -> Run:
    """A running RPT run at step 24 of 30, with checkpoints of step 10 and 20, and what its steps cost."""
    run = make_run(user, MadeRun("parent"))
    writer = EventWriter(spool_path(run.folder_path, 1))
    values: dict[str, float | None] = {"compute/rollout_tokens": 3000.0, "compute/train_tokens": 3000.0}
    writer.emit(Metrics(step=1, values=values))
    return run


def launched(client: Client, corpus: Corpus, **changes: str) -> Any:
    return client.post("/experiments/launch/", posted(corpus, **changes))


def test_start_from_a_checkpoint_becomes_its_folder(
    home: Path, user: Any, parent: Run, client_signed_in: Client
) -> None:
    answer = launched(client_signed_in, made_corpus(home, user), model__start_from=f"run:{parent.pk}/step:20")
    run = Run.objects.latest("pk")
    assert answer.status_code == 302
    assert run.start_checkpoint == Checkpoint.objects.get(run=parent, step=20)
    config = load_experiment(job_folder(run.job) / "experiment.yaml")
    assert config.model.start_from == str(parent.folder_path / "checkpoints" / "step_000020")
    assert run.experiment.typed.model.start_from == f"run:{parent.pk}/step:20"


@pytest.mark.parametrize(
    "reference", ["/etc", "run:{pk}/step:9", "run:{pk}/step:20/..", "../run:{pk}/step:20"]
)
def test_start_from_anything_but_an_own_checkpoint_is_refused(
    home: Path, user: Any, parent: Run, client_signed_in: Client, reference: str
) -> None:
    answer = launched(
        client_signed_in, made_corpus(home, user), model__start_from=reference.format(pk=parent.pk)
    )
    assert answer.status_code == 422
    assert "The checkpoint to start from is not there" in answer.content.decode()
    assert list(Run.objects.all()) == [parent]


def test_another_users_checkpoint_is_refused(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    theirs = make_run(other_user, MadeRun("theirs"))
    answer = launched(client_signed_in, made_corpus(home, user), model__start_from=f"run:{theirs.pk}/step:20")
    assert answer.status_code == 422
    assert list(Run.objects.all()) == [theirs]


def test_checkpoint_of_another_model_is_refused_beside_the_model(
    home: Path, user: Any, parent: Run, client_signed_in: Client
) -> None:
    parent.config["model"]["name"] = "org/other"
    parent.save()
    start = f"run:{parent.pk}/step:20"
    answer = launched(client_signed_in, made_corpus(home, user), model__start_from=start)
    assert (
        "The checkpoint to start from is one of org/other. Name that model here." in answer.content.decode()
    )


def test_form_opened_from_a_checkpoint_has_it_and_no_cold_start(
    parent: Run, client_signed_in: Client
) -> None:
    page = client_signed_in.get(f"/runs/{parent.pk}/checkpoints/").content.decode()
    link = f"/experiments/new/?from={parent.experiment_id}&amp;start=run%3A{parent.pk}/step%3A20"
    assert link in page
    form = client_signed_in.get(link.replace("&amp;", "&")).content.decode()
    assert f'name="model.start_from" value="run:{parent.pk}/step:20" readonly' in form
    assert 'name="cold_start.steps" value="0"' in form


def test_control_has_the_runs_own_material_and_its_compute(parent: Run) -> None:
    control = launch_control(parent)
    config, theirs = control.experiment.typed, parent.experiment.typed
    assert config.method == NtpConfig(tokens_per_step=4000, reference=f"run:{parent.pk}")
    assert (config.data, config.model, config.positions) == (theirs.data, theirs.model, theirs.positions)
    assert (config.seed, config.optimisation) == (theirs.seed, theirs.optimisation)
    assert (control.control_of, control.steps_asked, control.is_control) == (parent, 30, True)
    written = load_experiment(job_folder(control.job) / "experiment.yaml")
    assert isinstance(written.method, NtpConfig)
    assert written.method.reference == str(parent.folder_path)


def test_control_of_a_run_that_ended_has_as_many_steps_as_it_did(user: Any, home: Path) -> None:
    run = make_run(user, MadeRun("short", "cancelled", 12, 30))
    EventWriter(spool_path(run.folder_path, 1)).emit(Metrics(step=1, values={"perf/total_num_tokens": 3.0}))
    assert launch_control(run).steps_asked == 12


def test_control_is_launched_once_from_the_runs_page(parent: Run, client_signed_in: Client) -> None:
    assert "Launch the supervised control" in client_signed_in.get(f"/runs/{parent.pk}/").content.decode()
    answer = client_signed_in.post(f"/runs/{parent.pk}/control/")
    control = parent.controls.get()
    assert answer.headers["Location"] == f"/runs/{control.pk}/"
    page = client_signed_in.get(f"/runs/{parent.pk}/").content.decode()
    assert "Launch the supervised control" not in page
    assert f'<a href="/runs/{control.pk}/">parent control</a>' in page
    its_page = client_signed_in.get(f"/runs/{control.pk}/").content.decode()
    assert f'for the compute of <a href="/runs/{parent.pk}/">parent</a>' in its_page
    assert 'data-key="control/loss"' in its_page
    assert 'data-key="reward/mean"' not in its_page
    assert "step's groups" not in its_page


def test_control_of_a_control_or_of_a_run_without_a_step_is_refused_in_words(
    parent: Run, user: Any, home: Path, client_signed_in: Client
) -> None:
    control = launch_control(parent)
    page = client_signed_in.post(f"/runs/{control.pk}/control/", follow=True).content.decode()
    assert "A supervised control has no control of its own." in page
    fresh = make_run(user, MadeRun("fresh", steps=1))
    page = client_signed_in.post(f"/runs/{fresh.pk}/control/", follow=True).content.decode()
    assert "The reference run has no step yet" in page


def test_another_users_run_gets_no_control(other_user: Any, home: Path, client_signed_in: Client) -> None:
    theirs = make_run(other_user, MadeRun("theirs"))
    assert client_signed_in.post(f"/runs/{theirs.pk}/control/").status_code == 404


def test_line_of_the_control_is_drawn_on_the_run(parent: Run, client_signed_in: Client) -> None:
    url = f"/runs/{parent.pk}/series/?key=reward/mean&key=control/argmax"
    assert client_signed_in.get(url).json()["series"]["control/argmax"]["value"] == []
    control = launch_control(parent)
    for step, value in ((1, 0.25), (2, 0.5)):
        MetricPoint.objects.create(
            run=control, key="baseline/argmax", attempt=1, step=step, value=value, time=parent.created
        )
    assert '"key": "control/argmax"' not in client_signed_in.get(f"/runs/{control.pk}/").content.decode()
    page = client_signed_in.get(f"/runs/{parent.pk}/").content.decode()
    assert '{"key": "control/argmax", "label": "Supervised control, argmax"}' in page
    line = client_signed_in.get(url).json()["series"]["control/argmax"]
    assert (line["step"], line["value"]) == ([1, 2], [0.25, 0.5])


def test_page_of_the_run_follows_its_control_until_that_has_ended(
    parent: Run, client_signed_in: Client
) -> None:
    def followed() -> Any:
        context = client_signed_in.get(f"/runs/{parent.pk}/").context
        return context["metrics_data"]["control"]

    assert followed() is None
    job = launch_control(parent).job
    event = JobEvent.objects.create(job=job, attempt=1, seq=1, type="log", time=parent.created, payload={})
    assert followed() == {
        "job": job.pk, "cursor": event.pk, "line": "control/argmax", "key": "baseline/argmax",
    }  # fmt: skip
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    assert followed() is None


def feed(run: Run, *events: Any) -> None:
    project(run.job, 1, [Envelope(seq=n, time=float(n), event=event) for n, event in enumerate(events, 1)])


def test_events_tell_the_start_the_score_and_what_was_let_go(parent: Run) -> None:
    path = "checkpoints/step_000030"
    saved = CheckpointSaved(
        step=30, path=path, model_files=(), bytes=99, weights_sha256="cd", best_by="format/share", score=0.75
    )
    feed(parent, Began(model="m", weights_sha256="ab"), saved)
    row = parent.checkpoints.get(step=30)
    assert (row.best_by, row.score, row.weights_only) == ("format/share", 0.75, False)
    feed(parent, CheckpointReduced(step=30, path=path, bytes=25))
    row.refresh_from_db()
    assert (row.bytes, row.weights_only, row.removed) == (25, True, False)
    parent.refresh_from_db()
    assert parent.start_weights_sha256 == "ab"


def test_best_goes_by_the_metrics_own_direction(parent: Run) -> None:
    for step, score in ((21, 0.5), (22, 0.25), (23, 0.25)):
        row = make_checkpoint(parent, step)
        Checkpoint.objects.filter(pk=row.pk).update(best_by="response/truncated", score=score)
    found = best_of(list(Checkpoint.objects.of_run(parent)))
    best = Checkpoint.objects.get(run=parent, step=23)
    assert (found["best"], found["best_words"]) == (best.pk, "best: Truncated")
    assert found["scored_by"].key == "response/truncated"


def test_list_marks_what_was_kept_for_its_weights(parent: Run, client_signed_in: Client) -> None:
    parent.checkpoints.filter(step=20).update(weights_only=True)
    page = client_signed_in.get(f"/runs/{parent.pk}/checkpoints/").content.decode()
    assert "weights only" in page
    assert "best: Reward, mean" in page


def test_form_of_a_control_reads_back_and_hides_what_rpt_alone_uses(
    parent: Run, client_signed_in: Client
) -> None:
    control = launch_control(parent)
    config = control.experiment.typed
    assert read_config(texts_of(config)) == (config, {})
    page = client_signed_in.get(f"/experiments/new/?from={control.experiment_id}").content.decode()
    for name, hidden in (("method.prompt", True), ("method.tokens_per_step", False), ("data.corpus", False)):
        start = page.index(f'data-setting="{name}"')
        assert (" hidden>" in page[start : page.index(">", start) + 1]) is hidden, name
    assert '<details class="advanced" hidden>' in page  # the method's own advanced settings are all RPT's
    assert Experiment.objects.filter(pk=control.experiment_id, name="parent control").exists()
