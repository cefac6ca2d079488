"""Verifiable rewards from a problem set to the engine, and from a checkpoint of another method on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.pipeline.test_run_command import TEXT, tiny_experiment
from tests.training.pipeline.test_run_command import run as run_command
from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import read_manifest
from training.contract.errors import ForesightError
from training.contract.events import (
    Began,
    CheckpointSaved,
    Event,
    LogLine,
    Metrics,
    RolloutsWritten,
    StageChanged,
    TasksEvaluated,
)
from training.contract.experiment import ExperimentConfig
from training.contract.rollout_file import read_group
from training.contract.settings.answers import RlvrConfig
from training.contract.settings.method import NtpConfig
from training.contract.stream import read_after, spool_path
from training.contract.task_answers import read_rows
from training.models.fingerprint import weights_sha256
from training.pipeline import run
from training.prompts.task_file import read_tasks
from training.records import ProblemTask


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, a text, six problems, and as many of which every other one is too long."""
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "text.txt").write_text(TEXT)
    problems = [{"problem": f"What is {n} + 1?", "answer": n + 1} for n in range(6)]
    mixed = [row if n % 2 else {**row, "problem": "the name " * 400} for n, row in enumerate(problems)]
    for name, rows in (("problems", problems), ("mixed", mixed)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))


def problems(home: Path, filter_samples: int = 0, **changes: dict[str, object]) -> ExperimentConfig:
    settings: dict[str, dict[str, object]] = {"cold_start": {"steps": 0}, **changes}
    settings["data"] = {"held_out_documents": 2, **settings.get("data", {})}
    config = tiny_experiment(home / "problems.jsonl", **settings)
    method = RlvrConfig(instruction="short", filter_samples=filter_samples)
    return config.model_copy(update={"method": method})


def events_of(folder: Path) -> list[Event]:
    return [envelope.event for envelope in read_after(spool_path(folder, 1))]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engine was given; in its place nothing trains."""
    given: dict[str, Any] = {}

    def fake_train(config: ExperimentConfig, **options: Any) -> int:
        given.update(options)
        return config.optimisation.steps

    monkeypatch.setattr("training.engine.launch.train", fake_train)
    return given


def problem_tasks(path: Path) -> list[ProblemTask]:
    found = read_tasks(path).tasks
    assert all(isinstance(task, ProblemTask) for task in found)
    return [task for task in found if isinstance(task, ProblemTask)]


def test_problems_become_tasks_epoch_after_epoch_and_held_out_ones_stay_out(
    home: Path, trained: dict[str, Any]
) -> None:
    config = problems(home, evaluation={"every": 3}, optimisation={"steps": 4})
    assert run(config, home / "tasks", attempt=1) == 4
    tasks = problem_tasks(trained["tasks_file"])
    held_out = problem_tasks(home / "tasks" / "work" / "held_out.parquet")
    assert len(tasks) == 8  # two epochs of four problems
    assert {task.document for task in tasks[:4]} == {task.document for task in tasks[4:]}
    assert {task.document for task in tasks} | {task.document for task in held_out} == set(range(6))
    assert len(held_out) == 2
    assert all(task.answer == str(int(task.problem.split()[2]) + 1) for task in (*tasks, *held_out))


def test_problems_too_long_for_the_prompt_are_left_out_and_said(home: Path, trained: dict[str, Any]) -> None:
    config = problems(home, data={"corpus": str(home / "mixed.jsonl"), "held_out_documents": 0})
    run(config, home / "mixed", attempt=1)
    assert {task.document for task in problem_tasks(trained["tasks_file"])} == {1, 3, 5}
    said = [event.text for event in events_of(home / "mixed") if isinstance(event, LogLine)]
    assert "3 problems are left out: their prompts take more than 300 tokens." in said


def test_stages_are_told_in_the_order_they_are_done(home: Path, trained: dict[str, Any]) -> None:
    run(problems(home, cold_start={"steps": 1, "batch_size": 2}), home / "stages", attempt=1)
    stages = [e for e in events_of(home / "stages") if isinstance(e, StageChanged) and e.status == "finished"]
    assert [e.stage for e in stages] == ["prepare", "documents", "cold_start", "tasks"]
    assert trained["model_dir"] == home / "stages" / "work" / "cold_start"
    run(problems(home, cold_start={"steps": 1, "batch_size": 2}), home / "stages", attempt=2)
    reused = [
        line.event.stage
        for line in read_after(spool_path(home / "stages", 2))
        if isinstance(line.event, StageChanged) and line.event.status == "reused"
    ]
    assert reused == ["documents", "cold_start", "filter", "tasks"]


def test_filter_of_a_policy_that_solves_nothing_ends_the_run_in_words(
    home: Path, trained: dict[str, Any]
) -> None:
    with pytest.raises(ForesightError, match="The difficulty filter leaves no problem"):
        run(problems(home, filter_samples=2), home / "filtered", attempt=1)
    assert trained == {}
    assert len(list((home / "cache" / "difficulty").glob("*.jsonl"))) == 1


def test_too_few_problems_for_a_step_are_refused(home: Path, trained: dict[str, Any]) -> None:
    config = problems(home, data={"held_out_documents": 5})
    with pytest.raises(ForesightError) as caught:
        run(config, home / "few", attempt=1)
    assert caught.value.field == "optimisation.contexts_per_step"
    assert caught.value.message == "Only 1 problems are left to train on, and one step takes 2."


def test_training_begins_with_the_very_weights_that_the_stage_before_ended_with(
    home: Path, trained: dict[str, Any]
) -> None:
    before = tiny_experiment(
        home / "text.txt", optimisation={"steps": 1}, checkpoints={"best_by": "control/loss"}
    )
    before = before.model_copy(update={"method": NtpConfig(tokens_per_step=48, sequence_tokens=16)})
    run(before, home / "before", attempt=1)
    (saved,) = [event for event in events_of(home / "before") if isinstance(event, CheckpointSaved)]
    checkpoint = home / "before" / saved.path
    assert saved.weights_sha256 != weights_sha256(home / "models" / "tiny")

    run(problems(home, model={"start_from": str(checkpoint)}), home / "after", attempt=1)
    (began,) = [event for event in events_of(home / "after") if isinstance(event, Began)]
    assert began.weights_sha256 == saved.weights_sha256 == read_manifest(checkpoint).weights_sha256
    assert weights_sha256(trained["model_dir"]) == saved.weights_sha256


@pytest.mark.slow
def test_real_trainer_solves_problems_and_evaluates_on_the_held_out_ones(home: Path) -> None:
    config = problems(
        home, evaluation={"every": 3, "samples": 2, "temperature": 0.6}, optimisation={"steps": 3}
    )
    done = run_command(home, config, "real")
    assert done.returncode == 0, done.stderr[-3000:]
    folder = home / "real"
    events = events_of(folder)
    results = [event for event in events if isinstance(event, TasksEvaluated)]
    assert [event.step for event in results] == [0, 3]
    (score,) = results[-1].result.scores
    assert (score.kind, score.samples, [one.k for one in score.pass_at]) == ("problem", 2, [1, 2])
    assert results[0].result.tasks == results[1].result.tasks
    rows = read_rows(folder / "evaluations" / "step_000003.parquet", range(score.n))
    assert [row.right for row in rows] == [row.reasons.count("match") for row in rows]
    values = {
        event.step: event.values["eval/answers/pass_1"]
        for event in events
        if isinstance(event, Metrics) and "eval/answers/pass_1" in event.values
    }
    assert values == {event.step: event.result.scores[0].accuracy for event in results}
    written = [event for event in events if isinstance(event, RolloutsWritten)]
    reference = written[0].groups[0]
    group = read_group(folder, written[0].file, reference.offset, reference.length)
    assert (group.kind, group.context.startswith("What is"), group.boundaries) == ("problem", True, ())
