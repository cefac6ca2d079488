"""A run's events as rows: exact values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from training.contract.events import (
    CheckpointFile,
    CheckpointRemoved,
    CheckpointSaved,
    Envelope,
    Event,
    GroupRef,
    Metrics,
    Progress,
    Resumed,
    RolloutsWritten,
    StageChanged,
)
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job
from webapp.runs.models import Run
from webapp.runs.projection import project
from webapp.runs.services.launch import launch_run
from webapp.runs.snapshot import run_snapshot, snapshot

GROUP = GroupRef(
    group=0,
    offset=10,
    length=20,
    document=3,
    byte_start=40,
    entropy=1.5,
    context_tail="the name of",
    truth=" the",
    rewards=(1.0, 0.0),
    advantages=(0.7, -0.7),
    reasons=("match", "no_box"),
    lengths=(12, 32),
)
SAVED = CheckpointSaved(
    step=2,
    path="checkpoints/step_000002",
    model_files=(CheckpointFile(path="model/config.json", bytes=5, sha256="ab"),),
    bytes=99,
    weights_sha256="cd",
    reward=0.25,
)


@pytest.fixture
def run(user: Any, home: Any) -> Run:
    corpus = Corpus.objects.create(owner=user, name="sample", state="ready")
    experiment = Experiment.objects.create(owner=user, name="try", corpus=corpus, config={"name": "try"})
    return launch_run(experiment)


def feed(run: Run, *events: Event, attempt: int = 1) -> Run:
    """Project the events, one second apart from 100 s on, and read the run again."""
    envelopes = [Envelope(seq=n, time=99.0 + n, event=event) for n, event in enumerate(events, 1)]
    project(run.job, attempt, envelopes)
    run.refresh_from_db()
    return run


def steps(*times: float) -> list[Metrics]:
    return [Metrics(step=n, values={"time/step": time}) for n, time in enumerate(times, 1)]


def test_metrics_become_points_and_null_is_left_out(run: Run) -> None:
    feed(run, Metrics(step=1, values={"reward/mean": 0.5, "update/kl": None}))
    points = run.points.values_list("key", "attempt", "step", "value")
    assert list(points) == [("reward/mean", 1, 1, 0.5)]
    assert (run.step, run.last_reward) == (1, 0.5)
    assert run.last_event == datetime.fromtimestamp(100, UTC)


def test_metrics_of_a_step_in_two_events_are_one_set_of_points(run: Run) -> None:
    feed(run, Metrics(step=1, values={"a": 1.0, "b": 1.0}), Metrics(step=1, values={"b": 2.0, "c": 3.0}))
    assert dict(list(run.points.values_list("key", "value"))) == {"a": 1.0, "b": 2.0, "c": 3.0}
    feed(run, Metrics(step=1, values={"c": 4.0}))
    assert dict(list(run.points.values_list("key", "value"))) == {"a": 1.0, "b": 2.0, "c": 4.0}


def test_cold_start_metrics_do_not_move_the_step(run: Run) -> None:
    feed(run, Metrics(step=7, values={"cold_start/loss": 2.0}))
    assert run.step == 0


def test_pace_is_the_mean_of_the_last_ten_steps(run: Run) -> None:
    feed(run, *steps(*[100.0] * 5, *[2.0] * 9, 12.0))
    assert run.seconds_per_step == pytest.approx(3.0)
    Job.objects.filter(pk=run.job_id).update(state="running")
    feed(run, StageChanged(stage="train", status="started"))
    run = Run.objects.get(pk=run.pk)
    assert run_snapshot(run)["eta_seconds"] == pytest.approx((run.steps_asked - 15) * 3.0)


def test_stage_and_progress_follow_the_events(run: Run) -> None:
    feed(run, StageChanged(stage="positions", status="started"))
    feed(run, Progress(stage="positions", done=3, total=9, unit="documents"))
    shown = run_snapshot(run)
    assert (shown["stage"], shown["stage_label"]) == ("positions", "Scoring positions")
    assert shown["progress"] == {"done": 3, "total": 9, "unit": "documents"}
    feed(run, StageChanged(stage="train", status="started"))
    assert (run.stage, run.stage_done, run.stage_total) == ("train", 0, 0)


def test_rollouts_become_index_rows(run: Run) -> None:
    feed(run, RolloutsWritten(step=4, file="rollouts/step_000004.zst", groups=(GROUP,)))
    group = run.groups.get()
    assert (group.step, group.file, group.offset, group.length) == (4, "rollouts/step_000004.zst", 10, 20)
    assert (group.document, group.byte_start, group.entropy, group.mean_reward) == (3, 40, 1.5, 0.5)
    rows = group.rollouts.order_by("sample").values_list("sample", "reward", "advantage", "reason", "length")
    assert list(rows) == [(0, 1.0, 0.7, "match", 12), (1, 0.0, -0.7, "no_box", 32)]


def test_group_keeps_the_kind_of_its_task(run: Run) -> None:
    masked = GROUP.model_copy(update={"group": 1, "kind": "msr", "reasons": ("copied", "malformed")})
    feed(run, RolloutsWritten(step=4, file="rollouts/step_000004.zst", groups=(GROUP, masked)))
    assert list(run.groups.order_by("group").values_list("kind", flat=True)) == ["token", "msr"]


def test_rollouts_of_a_step_written_again_take_the_place_of_the_first(run: Run) -> None:
    written = RolloutsWritten(step=4, file="a", groups=(GROUP,))
    feed(run, written, written.model_copy(update={"file": "b"}))
    assert [group.file for group in run.groups.all()] == ["b"]


def test_checkpoint_saved_and_removed(run: Run) -> None:
    feed(run, SAVED)
    row = run.checkpoints.get()
    assert (row.step, row.bytes, row.weights_sha256, row.reward, row.removed) == (2, 99, "cd", 0.25, False)
    assert row.files == [{"path": "model/config.json", "bytes": 5, "sha256": "ab"}]
    feed(run, CheckpointRemoved(step=2, path=SAVED.path))
    assert run.checkpoints.get().removed is True


def test_checkpoint_of_a_later_attempt_replaces_the_folder(run: Run) -> None:
    feed(run, SAVED)
    feed(run, SAVED, attempt=2)
    assert list(run.checkpoints.order_by("attempt").values_list("attempt", "removed")) == [
        (1, True),
        (2, False),
    ]


def test_resumed_run_shows_the_step_it_goes_on_from(run: Run) -> None:
    feed(run, *steps(1.0, 1.0, 1.0))
    feed(run, Resumed(step=2, path=SAVED.path), attempt=2)
    assert run.step == 2


def test_job_without_a_run_is_left_alone(run: Run) -> None:
    job = run.job
    run.delete()
    project(job, 1, [Envelope(seq=1, time=1.0, event=SAVED)])
    assert snapshot(job) is None
