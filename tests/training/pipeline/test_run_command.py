"""`python -m training run` from text to a checkpoint, with the real trainer and a tiny random model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.contract.events import (
    CheckpointSaved,
    Failed,
    Finished,
    LogLine,
    Metrics,
    Resumed,
    RolloutsWritten,
    StageChanged,
)
from training.contract.experiment import ExperimentConfig, dump_yaml, parse_experiment
from training.contract.rollout_file import read_group
from training.contract.stream import read_after, spool_path

ROOT = Path(__file__).resolve().parents[3]
TEXT = "the name of the value is the name of a list and the end of the line is the end of the text. " * 12


def tiny_experiment(corpus: Path | str, **changes: dict[str, object]) -> ExperimentConfig:
    """Three steps of two contexts with two rollouts each, one cold-start step, one CPU thread."""
    data: dict[str, dict[str, object]] = {
        "data": {"corpus": str(corpus)},
        "model": {"name": "tiny"},
        # About half of the random model's positions lie above this.
        "positions": {"threshold": 2.763, "min_context": 4, "max_context": 16},
        "method": {"prompt": "short"},
        "cold_start": {"steps": 1, "batch_size": 2},
        "sampling": {
            "group_size": 2,
            "temperature": 1.0,
            "max_prompt_tokens": 300,
            "max_response_tokens": 80,
        },
        "optimisation": {"steps": 3, "contexts_per_step": 2, "mini_batch_contexts": 2},
        "checkpoints": {"every": 2},
        "resources": {
            "device": "cpu",
            "threads": 1,
            "micro_batch_rollouts": 4,
            "gradient_checkpointing": False,
        },
    }
    for section, values in changes.items():
        data[section] = {**data.get(section, {}), **values}
    return parse_experiment({"name": "tiny", **data})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the tiny model and a text."""
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "text.txt").write_text(TEXT)
    return folder


def run(home: Path, config: ExperimentConfig, folder: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own, without Django, database or broker in its reach."""
    file = home / f"{folder}.yaml"
    file.write_text(dump_yaml(config))
    command = [
        sys.executable,
        "-m",
        "training",
        "run",
        "--config",
        str(file),
        "--run-dir",
        str(home / folder),
    ]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    env = {**kept, "FORESIGHT_HOME": str(home)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def finished(home: Path) -> Path:
    """The folder of a whole run."""
    done = run(home, tiny_experiment(home / "text.txt"), "run")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1].startswith("3 of 3 steps done; weights: ")
    return home / "run"


def test_run_tells_every_stage_in_order(finished: Path) -> None:
    stages = [e.event for e in read_after(spool_path(finished, 1)) if isinstance(e.event, StageChanged)]
    assert [(s.stage, s.status) for s in stages] == [
        (stage, status)
        for stage in ("prepare", "documents", "positions", "tasks", "cold_start", "engine", "train")
        for status in ("started", "finished")
    ]


def test_run_ends_with_the_steps_it_was_asked_for(finished: Path) -> None:
    events = [e.event for e in read_after(spool_path(finished, 1))]
    assert events[-1] == Finished(steps_done=3, steps_asked=3)


def test_every_step_has_its_reward_and_both_baselines(finished: Path) -> None:
    metrics = [e.event for e in read_after(spool_path(finished, 1)) if isinstance(e.event, Metrics)]
    steps = [m for m in metrics if "reward/mean" in m.values]
    assert [m.step for m in steps] == [1, 2, 3]
    for key in ("baseline/constant", "baseline/argmax", "groups/effective", "time/step"):
        assert [m.step for m in steps if m.values.get(key) is not None] == [1, 2, 3], key
    assert [m.step for m in metrics if "cold_start/loss" in m.values] == [1]


def test_every_rollout_of_every_step_can_be_read_back(finished: Path) -> None:
    written = [e.event for e in read_after(spool_path(finished, 1)) if isinstance(e.event, RolloutsWritten)]
    assert [(w.step, len(w.groups)) for w in written] == [(1, 2), (2, 2), (3, 2)]
    for step in written:
        for reference in step.groups:
            group = read_group(finished, step.file, reference.offset, reference.length)
            assert [rollout.sample for rollout in group.rollouts] == [0, 1]
            assert TEXT.encode()[group.byte_start :].startswith(group.truth.encode())
            assert TEXT.encode()[: group.byte_start].endswith(group.context.encode())
            assert tuple(r.reward for r in group.rollouts) == reference.rewards


def test_checkpoint_loads_in_transformers_and_generates(finished: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    saved = [e.event for e in read_after(spool_path(finished, 1)) if isinstance(e.event, CheckpointSaved)]
    assert [s.step for s in saved] == [2, 3]
    folder = finished / saved[-1].path / "model"
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer("the name", return_tensors="pt")
    assert (
        model.generate(**tokens, max_new_tokens=3, do_sample=False).shape[1]
        == tokens["input_ids"].shape[1] + 3
    )


def test_run_that_is_finished_verifies(home: Path, finished: Path) -> None:
    command = [sys.executable, "-m", "training", "verify", str(finished)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_second_attempt_goes_on_from_the_newest_checkpoint_that_verifies(home: Path, finished: Path) -> None:
    (finished / "checkpoints" / "step_000003" / "model" / "config.json").write_text("{}")
    done = run(home, tiny_experiment(home / "text.txt"), "run")
    assert done.returncode == 0, done.stderr[-3000:]
    events = [e.event for e in read_after(spool_path(finished, 2))]
    assert [e.path for e in events if isinstance(e, Resumed)] == ["checkpoints/step_000002"]
    assert any(isinstance(e, LogLine) and e.text.startswith("step_000003 is passed over") for e in events)
    assert [(e.stage, e.status) for e in events if isinstance(e, StageChanged)][2:6] == [
        (stage, "reused") for stage in ("documents", "positions", "tasks", "cold_start")
    ]
    assert [e.step for e in events if isinstance(e, RolloutsWritten)] == [3]
    assert events[-1] == Finished(steps_done=3, steps_asked=3)

    # What was never stopped is attempt 1: the same positions, the same weights, no point of a curve twice.
    assert of_step_3(finished, 2) == of_step_3(finished, 1)
    assert [e.step for e in events if isinstance(e, Metrics) and "reward/mean" in e.values] == [3]


def of_step_3(folder: Path, attempt: int) -> tuple[list[tuple[int, int]], str]:
    """Positions of the third step and the hash of the weights after it."""
    events = [e.event for e in read_after(spool_path(folder, attempt)) if getattr(e.event, "step", 0) == 3]
    (written,) = [event for event in events if isinstance(event, RolloutsWritten)]
    (saved,) = [event for event in events if isinstance(event, CheckpointSaved)]
    return [(group.document, group.byte_start) for group in written.groups], saved.weights_sha256


def refused(home: Path, config: ExperimentConfig, folder: str) -> tuple[str, Failed]:
    """stderr's last line and the event of a run that could not begin."""
    done = run(home, config, folder)
    assert done.returncode == 2, done.stderr
    (failed,) = [e.event for e in read_after(spool_path(home / folder, 1)) if isinstance(e.event, Failed)]
    return done.stderr.strip().splitlines()[-1], failed


def test_threshold_that_keeps_nothing_names_the_highest_entropy(home: Path) -> None:
    line, failed = refused(home, tiny_experiment(home / "text.txt", positions={"threshold": 20.0}), "high")
    assert line.startswith("error: positions.threshold: No position has an entropy of 20 nats or more")
    assert (failed.field, failed.retryable) == ("positions.threshold", False)
    assert "Set the threshold to at most" in failed.remedy


def test_model_that_does_not_exist_is_named(home: Path) -> None:
    line, failed = refused(
        home, tiny_experiment(home / "text.txt", model={"name": "no-such-model"}), "nomodel"
    )
    assert failed.field == "model.name"
    assert "no-such-model" in line


def test_broken_line_of_a_corpus_is_named(home: Path) -> None:
    lines = [json.dumps({"text": f"{TEXT} {i}"}) for i in range(16)]
    (home / "broken.jsonl").write_text("\n".join([*lines, '{"text": "never closed']) + "\n")
    line, failed = refused(home, tiny_experiment(home / "broken.jsonl"), "broken")
    assert failed.field == "data.corpus"
    assert "line 17" in line


def test_folder_of_another_experiment_is_refused(home: Path, finished: Path) -> None:
    done = run(home, tiny_experiment(home / "text.txt", sampling={"temperature": 0.5}), "run")
    assert done.returncode == 2
    assert "holds a run with other settings" in done.stderr
