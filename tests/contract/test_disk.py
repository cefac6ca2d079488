"""The forecast of a run's disk: hand values, and headers read without a library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.contract.disk import count_parameters, forecast_disk
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment


def write_header(file: Path, shapes: dict[str, list[int]]) -> None:
    header: dict[str, object] = {name: {"dtype": "F32", "shape": shape} for name, shape in shapes.items()}
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text)


def experiment(**checkpoints: int) -> ExperimentConfig:
    return parse_experiment(
        {
            "optimisation": {"steps": 30, "contexts_per_step": 6, "mini_batch_contexts": 6},
            "sampling": {"group_size": 8, "max_response_tokens": 32, "max_prompt_tokens": 128},
            "checkpoints": checkpoints,
        }
    )


def test_parameters_are_counted_over_all_files(tmp_path: Path) -> None:
    write_header(tmp_path / "model-1.safetensors", {"a": [2, 3], "b": [4]})
    write_header(tmp_path / "model-2.safetensors", {"c": [5], "scalar": []})
    assert count_parameters(tmp_path) == 6 + 4 + 5 + 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\x05\0\0\0\0\0\0\0{", b"\xff" * 16, b"\x02\0\0\0\0\0\0\0[]", b'\x07\0\0\0\0\0\0\0{"a":1}'],
)
def test_damaged_header_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ForesightError, match=r"model\.safetensors of .* has a damaged header"):
        count_parameters(tmp_path)


def test_folder_without_weights_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match="holds no safetensors"):
        count_parameters(tmp_path)


@pytest.mark.parametrize(
    ("checkpoints", "expected"),
    [
        ({"every": 0}, 16),  # one at the end
        ({"every": 15}, 32),  # two, and no third that would meet them
        ({"every": 5, "keep": 2, "keep_best": 0}, 48),  # two kept, the third being written
        ({"every": 5, "keep": 2, "keep_best": 1}, 52),  # and the weights of the best
        ({"every": 5, "keep": 4, "keep_best": 9}, 84),  # six in all: five whole, one of weights
    ],
)
def test_checkpoints_are_counted_whole_and_best(checkpoints: dict[str, int], expected: int) -> None:
    assert forecast_disk(experiment(**checkpoints), 1).checkpoints == expected


def test_rollouts_and_cold_start_are_counted() -> None:
    config = experiment(every=0)
    found = forecast_disk(config, 100)
    assert (found.rollouts, found.work) == (30 * 48 * 32 * 20, 0)
    cold = config.model_copy(update={"cold_start": config.cold_start.model_copy(update={"steps": 1})})
    assert forecast_disk(cold, 100).work == 400
    assert forecast_disk(cold, 100).total == 1600 + 921_600 + 400


def test_control_has_no_rollouts() -> None:
    config = parse_experiment({"method": {"kind": "ntp", "tokens_per_step": 64}, "cold_start": {"steps": 1}})
    found = forecast_disk(config, 1)
    assert (found.rollouts, found.work) == (0, 0)
