"""A real run of verl's GRPO trainer on the CPU: two steps, a checkpoint, then on to the third."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.engine.small_run import start_small, write_small_tasks
from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import verify_checkpoint
from training.contract.events import (
    CheckpointSaved,
    Event,
    Metrics,
    Progress,
    Resumed,
    RolloutsWritten,
    StageChanged,
)
from training.contract.metrics import CATALOGUE
from training.contract.rollout_file import GroupRecord, read_group
from training.contract.stream import read_after, spool_path
from training.records import Task

Kind = TypeVar("Kind")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Run:
    folder: Path
    tasks: tuple[Task, ...]
    output: str
    events: dict[int, list[Event]]  # by attempt

    def of(self, attempt: int, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events[attempt] if isinstance(event, kind)]

    def groups(self, attempt: int, step: int) -> list[GroupRecord]:
        written = next(event for event in self.of(attempt, RolloutsWritten) if event.step == step)
        return [read_group(self.folder, written.file, ref.offset, ref.length) for ref in written.groups]


def prepare(folder: Path) -> tuple[Task, ...]:
    model = make_tiny_model(folder / "work" / "model")
    return write_small_tasks(folder / "work" / "tasks.parquet", model, 5)


def train_small(folder: Path, steps: int, attempt: int, resume: str = "") -> str:
    process = start_small(folder, steps, attempt, resume)
    output: str = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output[-4000:]
    return output


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two steps in attempt 1, the third in attempt 2."""
    folder = tmp_path_factory.mktemp("run")
    tasks = prepare(folder)
    output = train_small(folder, 2, 1) + train_small(folder, 3, 2, "step_000002")
    events = {attempt: [line.event for line in read_after(spool_path(folder, attempt))] for attempt in (1, 2)}
    return Run(folder, tasks, output, events)


def test_steps_done_are_those_asked_for(run: Run) -> None:
    assert [line for line in run.output.splitlines() if line.startswith("steps done")] == [
        "steps done: 2",
        "steps done: 3",
    ]
    assert [event.step for event in run.of(1, Metrics)] == [1, 2]
    assert [event.done for event in run.of(1, Progress)] == [1, 2]


def test_stages_are_told(run: Run) -> None:
    assert [(event.stage, event.status) for event in run.of(1, StageChanged)] == [
        ("engine", "started"),
        ("engine", "finished"),
        ("train", "started"),
        ("train", "finished"),
    ]


def test_metrics_of_the_catalogue_are_measured(run: Run) -> None:
    measured = set(run.of(1, Metrics)[0].values)
    elsewhere = {"cold_start/loss", "control/loss", "control/argmax", "time/evaluate"}
    elsewhere |= {key for key in CATALOGUE if key.startswith(("eval/", "sft/"))}
    elsewhere |= {"reward/asr", "reward/msr", "response/length_asr", "response/length_msr", "time/judge"}
    elsewhere |= {key for key in CATALOGUE if key.startswith(("verdict/", "judge/"))}
    assert set(CATALOGUE) - measured == {*elsewhere, "time/checkpoint"}
    assert run.of(1, Metrics)[1].values["time/checkpoint"] is not None


def test_positions_go_in_the_order_of_the_task_file(run: Run) -> None:
    used = [[group.token_index for group in run.groups(1, step)] for step in (1, 2)]
    assert used == [[4, 5], [6, 7]]


def test_resumed_run_goes_on_at_the_next_positions_and_then_round_again(run: Run) -> None:
    assert run.of(2, Resumed) == [Resumed(step=2, path="checkpoints/step_000002")]
    assert [event.step for event in run.of(2, Metrics)] == [3]
    assert [group.token_index for group in run.groups(2, 3)] == [8, 4]


def test_resumed_run_samples_what_an_uninterrupted_one_does(run: Run, tmp_path: Path) -> None:
    prepare(tmp_path)
    train_small(tmp_path, 3, 1)
    whole = next(
        line.event
        for line in read_after(spool_path(tmp_path, 1))
        if isinstance(line.event, RolloutsWritten) and line.event.step == 3
    )
    for resumed, ref in zip(run.groups(2, 3), whole.groups, strict=True):
        straight = read_group(tmp_path, whole.file, ref.offset, ref.length)
        assert [rollout.token_ids for rollout in resumed.rollouts] == [
            rollout.token_ids for rollout in straight.rollouts
        ]


def test_update_changes_the_weights(run: Run) -> None:
    before = load_file(run.folder / "work/model/model.safetensors")
    after = load_file(run.folder / "checkpoints/step_000002/model/model.safetensors")
    assert before.keys() == after.keys()
    assert all(not torch.equal(before[name], after[name]) for name in before)
    norms = [event.values["update/grad_norm"] for event in run.of(1, Metrics)]
    assert all(norm is not None and norm > 0 for norm in norms)


def test_rollouts_are_the_policys_own_tokens(run: Run) -> None:
    model = AutoModelForCausalLM.from_pretrained(run.folder / "work" / "model")
    for group, task in zip(run.groups(1, 1), run.tasks, strict=False):
        assert len(group.rollouts) == 2
        for rollout in group.rollouts:
            ids = torch.tensor([*task.prompt_ids, *rollout.token_ids])[None]
            logs = model(ids).logits[0].log_softmax(-1)[len(task.prompt_ids) - 1 : -1]
            own = logs.gather(-1, torch.tensor(rollout.token_ids)[:, None])[:, 0]
            torch.testing.assert_close(torch.tensor(rollout.logprobs), own, atol=1e-4, rtol=0)
            assert len(rollout.entropies) == len(rollout.token_ids)
            assert max(rollout.entropies) > 0.0


def test_argmax_is_measured_for_every_group(run: Run) -> None:
    assert all(group.argmax is not None for group in run.groups(1, 1))


def test_checkpoint_is_whole_and_its_model_generates(run: Run) -> None:
    saved = run.of(1, CheckpointSaved)[0]
    folder = run.folder / saved.path
    assert verify_checkpoint(folder).step == 2
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "model", "state"}
    assert all(
        tensor.dtype == torch.float32 for tensor in load_file(folder / "model/model.safetensors").values()
    )
    model: Any = AutoModelForCausalLM.from_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    prompt = tokenizer("the name of", return_tensors="pt")
    assert model.generate(**prompt, max_new_tokens=3, do_sample=False).shape[1] > prompt["input_ids"].shape[1]


def test_no_process_is_left_behind(run: Run) -> None:
    left = [process for process in psutil.process_iter(["cmdline"]) if is_of(process, run.folder)]
    assert left == []


def is_of(process: psutil.Process, folder: Path) -> bool:
    return any(str(folder) in part for part in process.info["cmdline"] or ())
