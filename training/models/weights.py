"""Reads the safetensors of a model folder by name. Never unpickles."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError

if TYPE_CHECKING:
    from torch import Tensor

INDEX_FILE = "model.safetensors.index.json"


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The folder's safetensors files that make up the model, sorted by name.

    Raises ForesightError when there are none, or when the index names one that is missing.
    """
    index = folder / INDEX_FILE
    if index.exists():
        named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        files = tuple(sorted(folder / name for name in named))
    else:
        files = tuple(sorted(folder.glob("*.safetensors")))
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        raise ForesightError(
            f"{folder.name} misses weights: {', '.join(missing) or 'it holds no safetensors file'}.",
            field="model.name",
            remedy="Fetch the model again, as safetensors.",
        )
    return files


def parameter_count(folder: Path) -> int:
    """How many numbers the folder's weights hold, read from the files' headers; tied ones count once."""
    from safetensors import safe_open

    total = 0
    for file in weight_files(folder):
        with safe_open(file, framework="pt") as handle:
            total += sum(prod(handle.get_slice(name).get_shape()) for name in handle.keys())  # noqa: SIM118
    return total


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of the folder by name, as stored. Raises ForesightError for a damaged file."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = {}
    for file in weight_files(folder):
        try:
            weights.update(load_file(file))
        except SafetensorError as error:
            raise ForesightError(
                f"{file.name} in {folder.name} is damaged: {error}.",
                field="model.name",
                remedy="Fetch the model again.",
            ) from error
    return weights
