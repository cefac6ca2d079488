"""A data folder with the tiny model and a text, and an experiment on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.contract.experiment import ExperimentConfig, dump_yaml, parse_experiment

TEXT = "the name of the value is the name of a list and the end of the line is the end of the text. " * 12
MakeConfig = Callable[..., ExperimentConfig]


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("probe-home")
    make_tiny_model(folder / "models" / "tiny")
    (folder / "text.txt").write_text(TEXT)
    patch = pytest.MonkeyPatch()
    patch.setenv("FORESIGHT_HOME", str(folder))
    yield folder
    patch.undo()


@pytest.fixture
def experiment(home: Path) -> MakeConfig:
    """An experiment on the text by the tiny model; changes by section."""

    def make(**changes: dict[str, Any]) -> ExperimentConfig:
        data: dict[str, dict[str, Any]] = {
            "data": {"corpus": str(home / "text.txt")},
            "model": {"name": "tiny"},
            # About half of the random model's positions lie above this.
            "positions": {"threshold": 2.763, "min_context": 4, "max_context": 16},
            "method": {"prompt": "short"},
            "sampling": {
                "group_size": 2,
                "temperature": 1.0,
                "max_prompt_tokens": 300,
                "max_response_tokens": 8,
            },
            "optimisation": {"steps": 3, "contexts_per_step": 2, "mini_batch_contexts": 2},
            "resources": {"device": "cpu", "threads": 1, "micro_batch_rollouts": 4, "precision": "float32"},
        }
        for section, values in changes.items():
            data[section] = {**data.get(section, {}), **values}
        return parse_experiment({"name": "tiny", **data})

    return make


@pytest.fixture
def written(experiment: MakeConfig, tmp_path: Path) -> Callable[..., Path]:
    """The experiment as a file."""

    def write(**changes: dict[str, Any]) -> Path:
        path = tmp_path / "experiment.yaml"
        path.write_text(dump_yaml(experiment(**changes)))
        return path

    return write
