"""A real run that evaluates each step, keeps the best by what it found, and updates twice a batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.training.engine.small_run import DOCUMENT, start_small, write_small_tasks
from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import verify_checkpoint
from training.contract.events import (
    CheckpointReduced,
    CheckpointRemoved,
    CheckpointSaved,
    EvaluationDone,
    Event,
    Metrics,
    RolloutsWritten,
)
from training.contract.rollout_file import read_group
from training.contract.stream import read_after, spool_path
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.records import Task

pytestmark = pytest.mark.slow

Kind = TypeVar("Kind")

BEST_BY = "eval/standard/easy"
STEPS = 4
CHANGES: dict[str, dict[str, object]] = {
    "data": {"held_out_documents": 1},
    "optimisation": {"contexts_per_step": 4, "mini_batch_contexts": 2, "learning_rate": 3e-3},
    "evaluation": {"every": 1, "positions": 8, "samples": 2, "temperature": 0.7},
    "checkpoints": {"every": 1, "keep": 2, "keep_best": 1, "best_by": BEST_BY},
}


@dataclass(frozen=True, slots=True)
class Run:
    folder: Path
    held_out: tuple[Task, ...]
    events: tuple[Event, ...]

    def checkpoint(self, step: int) -> Path:
        return self.folder / "checkpoints" / f"step_{step:06d}"

    @property
    def scores(self) -> dict[int, float]:
        """Held-out accuracy without a thought, by step."""
        done = [event for event in self.events if isinstance(event, EvaluationDone)]
        return {event.step: event.result.metrics[BEST_BY] for event in done}


def teach(model_dir: Path) -> None:
    """The tiny model learns the document by heart: its argmax is right before training spoils it."""
    tokenizer, model = load_tokenizer(model_dir), AutoModelForCausalLM.from_pretrained(model_dir)
    adam, ids = (
        torch.optim.Adam(model.parameters(), lr=3e-3),
        torch.tensor([tokenizer(DOCUMENT)["input_ids"]]),
    )
    for _ in range(60):
        model(input_ids=ids, labels=ids).loss.backward()
        adam.step()
        adam.zero_grad()
    model.save_pretrained(model_dir)


def train(folder: Path, steps: int, changes: dict[str, dict[str, object]]) -> Run:
    work = folder / "work"
    teach(make_tiny_model(work / "model"))
    write_small_tasks(work / "tasks.parquet", work / "model", 8)
    held_out = write_small_tasks(work / "held_out.parquet", work / "model", 8)
    (folder / "changes.json").write_text(json.dumps(changes))
    process = start_small(folder, steps, 1)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output[-4000:]
    return Run(folder, held_out, tuple(line.event for line in read_after(spool_path(folder, 1))))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tmp_path_factory.mktemp("run"), STEPS, CHANGES)


def of(run: Run, kind: type[Kind]) -> list[Kind]:
    return [event for event in run.events if isinstance(event, kind)]


def accuracy(run: Run, step: int) -> float:
    """Of the weights that were saved, by transformers, at the held-out contexts."""
    folder = run.checkpoint(step) / "model"
    model, table = AutoModelForCausalLM.from_pretrained(folder), TokenBytes(load_tokenizer(folder))
    right = 0
    for task in run.held_out:
        guess = int(model(torch.tensor([task.context_ids])).logits[0, -1].argmax())
        right += table.bytes_of(guess) == task.truth[: task.boundaries[0]]
    return right / len(run.held_out)


def test_weights_are_evaluated_before_training_and_after_every_step(run: Run) -> None:
    assert list(run.scores) == [0, 1, 2, 3, 4]
    assert run.scores[0] == 1.0  # learnt by heart
    told = {event.step: event.values[BEST_BY] for event in of(run, Metrics)}
    assert told == run.scores


def test_evaluation_is_of_the_weights_that_its_step_saved(run: Run) -> None:
    assert {step: accuracy(run, step) for step in (1, 3, 4)} == {step: run.scores[step] for step in (1, 3, 4)}


def test_checkpoint_has_the_score_that_was_measured_after_it_was_saved(run: Run) -> None:
    saved = [(event.step, event.best_by, event.score) for event in of(run, CheckpointSaved)]
    assert saved == [(step, BEST_BY, score) for step in (1, 2, 3, 4) for score in (None, run.scores[step])]
    kept = {step: verify_checkpoint(run.checkpoint(step)) for step in (1, 3, 4)}
    assert {step: manifest.score for step, manifest in kept.items()} == {
        step: run.scores[step] for step in (1, 3, 4)
    }


def test_best_by_the_evaluation_stays_with_its_weights_alone(run: Run) -> None:
    assert run.scores[1] > max(run.scores[step] for step in (2, 3, 4))
    assert [event.step for event in of(run, CheckpointReduced)] == [1]
    assert [event.step for event in of(run, CheckpointRemoved)] == [2]
    assert sorted(path.name for path in run.checkpoint(1).iterdir()) == ["manifest.json", "model"]
    assert (run.checkpoint(3) / "state").is_dir()
    assert not run.checkpoint(2).exists()


def test_batch_is_updated_once_for_each_mini_batch(run: Run) -> None:
    state = torch.load(run.checkpoint(STEPS) / "state" / "optim_world_size_1_rank_0.pt", weights_only=False)
    assert {int(one["step"]) for one in state["state"].values()} == {2 * STEPS}
    # The second mini-batch meets weights that did not sample it.
    first = next(event for event in of(run, Metrics) if event.step == 1)
    assert abs(first.values["update/kl"] or 0.0) > 1e-3


def sampled(run: Run) -> list[list[tuple[int, ...]]]:
    """The response tokens of the first two steps, by group, in an order that does not hang on timing."""
    found = []
    for event in of(run, RolloutsWritten)[:2]:
        for ref in event.groups:
            group = read_group(run.folder, event.file, ref.offset, ref.length)
            found.append(sorted(rollout.token_ids for rollout in group.rollouts))
    return found


def test_run_without_evaluations_samples_the_same_rollouts(run: Run, tmp_path: Path) -> None:
    without = train(tmp_path, 2, {"optimisation": CHANGES["optimisation"]})
    assert of(without, EvaluationDone) == []
    assert sampled(run) == sampled(without)
