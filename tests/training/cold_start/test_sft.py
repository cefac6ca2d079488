"""The supervised loop of the cold start."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.cold_start.sft import batches_by_length, cold_start
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.supervised.labelled import Labelled


def config(**settings: Any) -> ExperimentConfig:
    cold = {"steps": 4, "batch_size": 4, "learning_rate": 1e-2, **settings}
    return parse_experiment(
        {"cold_start": cold, "resources": {"device": "cpu", "threads": 1, "micro_batch_rollouts": 2}}
    )


def make_examples(count: int) -> list[Labelled]:
    """Prompts of 3 to 7 tokens, all with the same answer."""
    draw = random.Random(0)
    prompts = [tuple(draw.randrange(3, 300) for _ in range(draw.randrange(3, 8))) for _ in range(count)]
    return [Labelled.response(prompt, (40, 41, 42, 2)) for prompt in prompts]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


def load(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder)


def test_cold_start_learns_and_writes_a_model_folder(model_dir: Path, tmp_path: Path) -> None:
    losses: dict[int, float] = {}
    out = cold_start(config(), model_dir, make_examples(16), tmp_path / "cold", losses.__setitem__)
    assert out == tmp_path / "cold"
    assert list(losses) == [1, 2, 3, 4]
    assert losses[1] == pytest.approx(5.77, abs=0.3)  # ln 320: the start weights are random
    assert losses[4] < losses[1] - 1
    names = {path.name for path in out.iterdir()}
    assert {"model.safetensors", "config.json", "generation_config.json", "tokenizer.json"} <= names
    assert load(out).dtype.is_floating_point
    assert [path.name for path in tmp_path.iterdir()] == ["cold"]


def test_cold_start_twice_gives_the_same_weights(model_dir: Path, tmp_path: Path) -> None:
    outs = [
        cold_start(config(), model_dir, make_examples(16), tmp_path / name, lambda step, loss: None)
        for name in ("a", "a", "b")
    ]
    weights = [(out / "model.safetensors").read_bytes() for out in outs]
    assert weights[0] == weights[1] == weights[2]


def test_batches_hold_examples_of_like_length_in_a_seeded_order() -> None:
    examples = [Labelled.response((1,) * length, (2,)) for length in (4, 1, 3, 2, 6, 5, 9)]
    batches = batches_by_length(examples, steps=3, batch_size=2, seed=0)
    lengths = [sorted(len(one.ids) - 1 for one in batch) for batch in batches]
    assert sorted(lengths) == [[1, 2], [3, 4], [5, 6]]
    assert batches == batches_by_length(examples, steps=3, batch_size=2, seed=0)


def test_batches_of_too_few_examples_is_an_error() -> None:
    with pytest.raises(ForesightError, match="needs 4 examples and has 3"):
        batches_by_length(make_examples(3), steps=2, batch_size=2, seed=0)


def test_cold_start_that_diverges_is_an_error(model_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        cold_start(
            config(learning_rate=1.0, steps=60, batch_size=1),
            _poisoned(model_dir, tmp_path / "poisoned"),
            make_examples(60),
            tmp_path / "cold",
            lambda step, loss: None,
        )
    assert caught.value.field == "cold_start.learning_rate"
    assert not (tmp_path / "cold").exists()


def _poisoned(model_dir: Path, folder: Path) -> Path:
    """The tiny model with a weight that is no number."""
    import shutil

    shutil.copytree(model_dir, folder)
    model = load(folder)
    model.model.norm.weight.data[0] = float("nan")
    model.save_pretrained(folder)
    return folder
