"""The supervised control with a tiny model: what it learns, what it measures, how it goes on after a stop."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from tests.training.engine.small_run import DOCUMENT, write_small_tasks
from tests.training.tiny import make_tiny_model
from training.checkpoints.manifest import verify_checkpoint
from training.checkpoints.store import newest_verified
from training.contract.events import CheckpointSaved, Event, Metrics, Resumed
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.control.ntp import ControlInput, sequences_per_step, train_control
from training.models.token_bytes import TokenBytes, encode_document, load_tokenizer

STEPS = 4


class Control(NamedTuple):
    folder: Path
    events: list[Event]

    def metrics(self) -> dict[int, dict[str, float | None]]:
        return {event.step: dict(event.values) for event in self.events if isinstance(event, Metrics)}

    def weights(self) -> dict[int, str]:
        return {e.step: e.weights_sha256 for e in self.events if isinstance(e, CheckpointSaved)}


def config() -> ExperimentConfig:
    return parse_experiment(
        {
            "name": "control",
            "seed": 3,
            "method": {"kind": "ntp", "tokens_per_step": 64, "sequence_tokens": 16},
            "optimisation": {
                "steps": STEPS,
                "contexts_per_step": 2,
                "mini_batch_contexts": 2,
                "learning_rate": 1e-2,
            },
            "sampling": {"group_size": 4},
            "checkpoints": {"every": 2, "best_by": "control/loss"},
            "resources": {"device": "cpu", "threads": 1, "micro_batch_rollouts": 2},
        }
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "model")
    return folder


def given(home: Path) -> ControlInput:
    tokenizer = load_tokenizer(home / "model")
    encoded = encode_document(tokenizer, DOCUMENT, TokenBytes(tokenizer))
    tasks = write_small_tasks(home / "tasks.parquet", home / "model", 5)
    return ControlInput((encoded.ids,), tasks, b" the", 64)


def train(home: Path, folder: Path, stop_at: int = 0, resume: bool = False) -> Control:
    """All steps, or up to the metrics of `stop_at`, which are never written."""
    events: list[Event] = []

    def emit(event: Event) -> None:
        if stop_at and isinstance(event, Metrics) and event.step == stop_at:
            raise KeyboardInterrupt
        events.append(event)

    folder.mkdir(exist_ok=True)
    start = newest_verified(folder) if resume else None
    model = home / "model"
    torch.set_num_threads(1)
    try:
        done = train_control(
            config(), given(home), model_dir=model, run_dir=folder, emit=emit, resume_from=start
        )
        assert done == STEPS
    except KeyboardInterrupt:
        assert stop_at
    return Control(folder, events)


@pytest.fixture(scope="module")
def whole(home: Path) -> Control:
    """A control that was never stopped."""
    return train(home, home / "whole")


def test_every_step_has_its_loss_and_what_it_is_compared_by(whole: Control) -> None:
    assert list(whole.metrics()) == [1, 2, 3, 4]
    for values in whole.metrics().values():
        assert values["compute/train_tokens"] == 64
        assert values["baseline/argmax"] in {0.0, 0.5, 1.0}
        assert values["update/learning_rate"] == 1e-2
    losses = [values["control/loss"] or 0.0 for values in whole.metrics().values()]
    assert losses[0] == pytest.approx(math.log(320), abs=0.2)  # a random model knows nothing of 320 tokens
    assert losses == sorted(losses, reverse=True)


def test_argmax_of_the_first_step_is_the_start_weights_own(home: Path, whole: Control) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(home / "model")
    tokenizer = load_tokenizer(home / "model")
    right = []
    for task in given(home).tasks[:2]:
        logits = model(torch.tensor([task.context_ids])).logits[0, -1]
        guess = TokenBytes(tokenizer).bytes_of(int(logits.argmax()))
        right.append(guess == task.truth[: task.boundaries[0]])
    assert whole.metrics()[1]["baseline/argmax"] == sum(right) / 2


def test_compute_is_six_flops_a_parameter_and_token(home: Path, whole: Control) -> None:
    from transformers import AutoModelForCausalLM

    parameters = AutoModelForCausalLM.from_pretrained(home / "model").num_parameters()
    assert whole.metrics()[1]["compute/flops"] == 6 * parameters * 64


def test_checkpoints_have_the_layout_of_every_run(whole: Control) -> None:
    folder = whole.folder / "checkpoints" / "step_000002"
    assert verify_checkpoint(folder).best_by == "control/loss"
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "model", "state"}
    assert (folder / "model" / "model.safetensors").is_file()
    assert (folder / "model" / "tokenizer.json").is_file()


def test_stopped_and_resumed_equals_never_stopped(home: Path, whole: Control) -> None:
    stopped = train(home, home / "stopped", stop_at=3)
    resumed = train(home, home / "stopped", resume=True)
    assert [event.step for event in resumed.events if isinstance(event, Resumed)] == [2]
    assert sorted([*stopped.metrics(), *resumed.metrics()]) == [1, 2, 3, 4]  # no step twice, none missing
    for step, values in {**stopped.metrics(), **resumed.metrics()}.items():
        for key in ("control/loss", "baseline/argmax", "baseline/constant", "update/grad_norm"):
            assert values[key] == whole.metrics()[step][key], (step, key)
    assert {**stopped.weights(), **resumed.weights()} == whole.weights()


@pytest.mark.parametrize(("tokens", "rows"), [(64, 4), (71, 4), (73, 5), (1, 1)])
def test_step_takes_the_whole_sequences_that_come_closest(tokens: int, rows: int) -> None:
    assert sequences_per_step(tokens, 16) == rows
