"""Instruction tuning with a tiny model: its order, its rates, its losses, and that a stop changes nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import verify_checkpoint
from training.checkpoints.store import newest_verified
from training.contract.errors import ForesightError
from training.contract.events import CheckpointSaved, Event, Metrics, Progress, Resumed
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.supervised.labelled import Labelled
from training.tuning.train import TuningInput, train_tuning, with_steps

EPOCHS, CONVERSATIONS, BATCH = 2, 7, 3
STEPS = 6  # three steps an epoch: 3 + 3 + 1 conversations


class Tuned(NamedTuple):
    folder: Path
    events: list[Event]

    def metrics(self) -> dict[int, dict[str, float | None]]:
        return {event.step: dict(event.values) for event in self.events if isinstance(event, Metrics)}

    def weights(self) -> dict[int, str]:
        return {e.step: e.weights_sha256 for e in self.events if isinstance(e, CheckpointSaved)}


def config(**changes: dict[str, Any]) -> ExperimentConfig:
    sections: dict[str, dict[str, Any]] = {
        "method": {"kind": "sft", "epochs": EPOCHS},
        "optimisation": {
            "contexts_per_step": BATCH,
            "learning_rate": 1e-2,
            "schedule": "cosine",
            "warmup_steps": 2,
            "min_rate_share": 0.5,
        },
        "checkpoints": {"every": 2, "best_by": "sft/held_out_loss"},
        "resources": {"device": "cpu", "threads": 1, "micro_batch_rollouts": 2, "precision": "float32"},
    }
    for section, values in changes.items():
        sections[section] = {**sections.get(section, {}), **values}
    return parse_experiment({"name": "tuning", "seed": 3, **sections})


def given() -> TuningInput:
    """Seven conversations of different lengths, all with the same answer; the third has two sequences."""
    prompts = [tuple(range(5, 8 + number)) for number in range(CONVERSATIONS)]
    examples: list[tuple[Labelled, ...]]
    examples = [(Labelled.response(prompt, (40, 41, 42, 2)),) for prompt in prompts]
    examples[2] = (*examples[2], Labelled.response((9, 9), (40, 2)))
    return TuningInput(tuple(examples), (Labelled.response((60, 61), (40, 41, 42, 2)),))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "model")
    return folder


def train(
    home: Path,
    folder: Path,
    settings: ExperimentConfig | None = None,
    stop_at: int = 0,
    resume: bool = False,
) -> Tuned:
    """All steps, or up to the metrics of `stop_at`, which are never written."""
    events: list[Event] = []

    def emit(event: Event) -> None:
        if stop_at and isinstance(event, Metrics) and event.step == stop_at:
            raise KeyboardInterrupt
        events.append(event)

    folder.mkdir(exist_ok=True)
    start = newest_verified(folder) if resume else None
    torch.set_num_threads(1)
    try:
        train_tuning(
            settings or config(),
            given(),
            model_dir=home / "model",
            run_dir=folder,
            emit=emit,
            resume_from=start,
        )
    except KeyboardInterrupt:
        assert stop_at
    return Tuned(folder, events)


@pytest.fixture(scope="module")
def whole(home: Path) -> Tuned:
    """A run that was never stopped."""
    return train(home, home / "whole")


def test_epochs_make_the_steps_and_progress_counts_them(whole: Tuned) -> None:
    assert list(whole.metrics()) == [0, 1, 2, 3, 4, 5, 6]
    told = [(event.done, event.total) for event in whole.events if isinstance(event, Progress)]
    assert told == [(step, STEPS) for step in range(STEPS + 1)]


def test_loss_begins_at_that_of_a_random_model_and_falls(whole: Tuned) -> None:
    losses = [whole.metrics()[step]["sft/loss"] or 0.0 for step in range(1, STEPS + 1)]
    assert losses[0] == pytest.approx(math.log(320), abs=0.2)  # it knows nothing of 320 tokens
    assert losses[1] == pytest.approx(losses[0], abs=0.2)  # the first step is made at a rate of 0
    assert losses[-1] < losses[0] - 1


def test_rate_rises_and_falls_as_set(whole: Tuned) -> None:
    rates = [whole.metrics()[step]["update/learning_rate"] for step in range(1, STEPS + 1)]
    falling = [1e-2 * (0.5 + 0.25 * (1 + math.cos(math.pi * done / 4))) for done in range(4)]
    assert rates == pytest.approx([0.0, 5e-3, *falling])


def test_held_out_loss_is_measured_before_training_and_with_every_checkpoint(whole: Tuned) -> None:
    measured = [step for step, values in whole.metrics().items() if "sft/held_out_loss" in values]
    assert measured == [0, 2, 4, 6]
    values = whole.metrics()
    assert (values[6]["sft/held_out_loss"] or 0) < (values[0]["sft/held_out_loss"] or 0) - 1
    manifest = verify_checkpoint(whole.folder / "checkpoints" / "step_000006")
    assert (manifest.best_by, manifest.score) == ("sft/held_out_loss", values[6]["sft/held_out_loss"])


def test_held_out_loss_is_measured_as_often_as_asked(home: Path) -> None:
    often = config(
        evaluation={"every": 3},
        data={"held_out_documents": 1},
        checkpoints={"every": 0},
        method={"epochs": 2},
    )
    measured = train(home, home / "often", often).metrics()
    assert [step for step, values in measured.items() if "sft/held_out_loss" in values] == [0, 3, 6]


def test_every_epoch_learns_each_conversation_once(whole: Tuned) -> None:
    tokens = [whole.metrics()[step]["compute/train_tokens"] or 0 for step in range(1, STEPS + 1)]
    all_tokens = sum(len(one.ids) for sequences in given().examples for one in sequences)
    assert sum(tokens[:3]) == sum(tokens[3:]) == all_tokens
    assert tokens[:3] != tokens[3:]  # in another order


def test_compute_is_six_flops_a_parameter_and_token(home: Path, whole: Tuned) -> None:
    from transformers import AutoModelForCausalLM

    parameters = AutoModelForCausalLM.from_pretrained(home / "model").num_parameters()
    values = whole.metrics()[1]
    assert values["compute/flops"] == 6 * parameters * (values["compute/train_tokens"] or 0)


@pytest.mark.parametrize("stop_at", [1, 3, 5])
def test_stopped_and_resumed_equals_never_stopped(home: Path, whole: Tuned, stop_at: int) -> None:
    folder = home / f"stopped_{stop_at}"
    stopped = train(home, folder, stop_at=stop_at)
    resumed = train(home, folder, resume=True)
    last = (stop_at - 1) // 2 * 2  # the newest checkpoint
    assert [event.step for event in resumed.events if isinstance(event, Resumed)] == ([last] if last else [])
    for step, values in {**stopped.metrics(), **resumed.metrics()}.items():
        for key in ("sft/loss", "sft/held_out_loss", "update/grad_norm", "update/learning_rate"):
            assert values.get(key) == whole.metrics()[step].get(key), (step, key)
    assert {**stopped.weights(), **resumed.weights()} == whole.weights()


def test_steps_decide_without_epochs(home: Path) -> None:
    by_steps = config(method={"epochs": 0}, optimisation={"steps": 4})
    tuned = train(home, home / "by_steps", by_steps)
    assert [step for step in tuned.metrics() if step] == [1, 2, 3, 4]


def test_steps_of_epochs_count_the_short_last_batch() -> None:
    assert with_steps(config(), CONVERSATIONS).optimisation.steps == STEPS
    assert with_steps(config(), 6).optimisation.steps == 4
    larger = config(optimisation={"contexts_per_step": 1024, "warmup_steps": 0})
    assert with_steps(larger, CONVERSATIONS).optimisation.steps == EPOCHS


def test_warm_up_longer_than_the_epochs_is_an_error_that_counts() -> None:
    with pytest.raises(ForesightError) as caught:
        with_steps(config(optimisation={"warmup_steps": 6}), CONVERSATIONS)
    assert caught.value.message == (
        "The warm-up (6 steps) leaves none of the 6 steps, which is 2 times 7 conversations, at the full rate."
    )
    assert caught.value.field == "optimisation.warmup_steps"


def test_checkpoints_and_card_say_what_was_done(whole: Tuned) -> None:
    folder = whole.folder / "checkpoints" / "step_000006"
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "model", "state"}
    assert (folder / "model" / "model.safetensors").is_file()
    assert (folder / "model" / "tokenizer.json").is_file()
