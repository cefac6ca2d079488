"""A real run with dynamic sampling and the conditional dense reward: what it drops, and where it resumes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.engine.small_run import start_small, teach, write_small_tasks
from tests.training.tiny import make_tiny_model
from training.contract.events import Metrics, RolloutsWritten
from training.contract.rollout_file import GroupRecord, read_group
from training.contract.stream import read_after, spool_path
from training.records import Task

pytestmark = pytest.mark.slow

ANSWERS = (" the", " list")


def prepare(folder: Path, *, cap: int) -> tuple[Task, ...]:
    """A policy that answers " the" or " list" by lot, whatever the context."""
    model_dir = make_tiny_model(folder / "work" / "model")
    tasks = write_small_tasks(folder / "work" / "tasks.parquet", model_dir, 12)
    answers = [[f"</think>\\boxed{{{answer}}}" for answer in ANSWERS] for _ in tasks]
    teach(model_dir, [task.prompt_ids for task in tasks], answers)
    changes = {
        "method": {"reward": "conditional_dense"},
        "sampling": {"group_size": 8, "max_response_tokens": 16},
        "optimisation": {
            "dynamic_sampling_from": 1,
            "max_generation_batches": cap,
            "learning_rate": 1e-6,
            "entropy_coefficient": 0.0,
        },
        "resources": {"micro_batch_rollouts": 16},
    }
    (folder / "changes.json").write_text(json.dumps(changes))
    return tasks


def train(folder: Path, steps: int, attempt: int, resume: str = "") -> tuple[int, str]:
    process = start_small(folder, steps, attempt, resume)
    output: str = process.communicate(timeout=300)[0]
    return process.returncode, output


def groups(folder: Path, attempt: int) -> dict[int, list[GroupRecord]]:
    return {
        event.step: [read_group(folder, event.file, ref.offset, ref.length) for ref in event.groups]
        for line in read_after(spool_path(folder, attempt))
        if isinstance(event := line.event, RolloutsWritten)
    }


def test_steps_are_filled_with_groups_that_teach_and_go_on_after_a_resume(tmp_path: Path) -> None:
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    for folder in (straight, broken):
        prepare(folder, cap=12)
    runs = [train(straight, 3, 1), train(broken, 2, 1), train(broken, 3, 2, "step_000002")]
    assert [code for code, _ in runs] == [0, 0, 0], [output[-3000:] for _, output in runs]
    whole, resumed = groups(straight, 1), {**groups(broken, 1), **groups(broken, 2)}
    assert [[group.token_index for group in whole[step]] for step in (1, 2, 3)] == [
        [group.token_index for group in resumed[step]] for step in (1, 2, 3)
    ]
    for group in (group for step in whole.values() for group in step):
        rewards = [rollout.reward for rollout in group.rollouts]
        assert len(set(rewards)) > 1
        assert any(rollout.reason == "match" and rollout.reward == 1.0 for rollout in group.rollouts)
        for rollout in group.rollouts:
            if rollout.first_probability is not None:
                assert rollout.reward == pytest.approx(rollout.first_probability)
    metrics = [
        line.event.values for line in read_after(spool_path(straight, 1)) if isinstance(line.event, Metrics)
    ]
    assert all((found["sampling/generated_groups"] or 0) > 2 for found in metrics)
    assert all(0 < (found["sampling/dropped"] or 0) < 1 for found in metrics)


def test_cap_ends_the_run_for_good(tmp_path: Path) -> None:
    prepare(tmp_path, cap=1)
    make_tiny_model(tmp_path / "work" / "model")  # untaught: it never writes a box
    code, output = train(tmp_path, 2, 1)
    assert code == 1
    assert "given up, retryable=False: Dynamic sampling found no full batch" in output
