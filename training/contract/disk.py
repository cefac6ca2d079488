"""How much disk a run will take: from the size of its model, before anything is loaded. Standard library only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import GRPO_KINDS

_FLOAT = 4  # bytes: weights and optimiser are kept in float32
_WHOLE = 1 + 3  # model/, and in state/ the weights again with Adam's two moments
_WHOLE_SUPERVISED = 1 + 2  # their state/ has the moments alone
_TOKEN = 20  # bytes of a response token in a rollout file: id, text and log-prob, compressed
_LARGEST_HEADER = 100_000_000  # bytes, as the safetensors library has it


@dataclass(frozen=True, slots=True)
class DiskForecast:
    """Bytes of a run at its largest."""

    parameters: int
    checkpoints: int  # kept ones, and the one that is written before an older one goes
    rollouts: int  # if every response were as long as it may be
    work: int  # weights after the cold start

    @property
    def total(self) -> int:
        return self.checkpoints + self.rollouts + self.work


def forecast_disk(config: ExperimentConfig, parameters: int) -> DiskForecast:
    """What a run of `config` will take with a model of so many parameters.

    A whole checkpoint is `parameters x 4 bytes x (1 + 3)`, of a supervised run (1 + 2); a best one that is
    kept for its weights has a part of one. Small files (tokenizer, manifest, events) are not counted.
    """
    settings, steps = config.checkpoints, config.optimisation.steps
    saved = -(-steps // settings.every) if settings.every else 1
    whole = min(saved, settings.keep + 1)
    best = min(saved - whole, settings.keep_best) if saved > whole else 0
    weights = parameters * _FLOAT
    samples = config.method.kind in GRPO_KINDS
    parts = _WHOLE if samples else _WHOLE_SUPERVISED
    tokens = steps * config.rollouts_per_step * config.sampling.max_response_tokens
    return DiskForecast(
        parameters=parameters,
        checkpoints=weights * (parts * whole + best),
        rollouts=tokens * _TOKEN if samples else 0,
        work=weights if samples and config.cold_start.steps else 0,
    )


def count_parameters(folder: Path) -> int:
    """How many numbers the weights of a model folder hold, read from the headers of its safetensors files.

    Raises ForesightError for a folder without such files, or a damaged header.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ForesightError(f"{folder.name} holds no safetensors file.", field="model.name")
    return sum(prod(shape) for file in files for shape in _shapes(file))


def _shapes(file: Path) -> list[list[int]]:
    """Shapes of the tensors: the header is 8 bytes of length (little endian), then JSON."""
    try:
        with open(file, "rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            if not 2 <= length <= _LARGEST_HEADER:
                raise ValueError(length)
            header = json.loads(handle.read(length))
        return [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForesightError(
            f"{file.name} of {file.parent.name} has a damaged header.",
            field="model.name",
            remedy="Fetch the model again.",
        ) from error
