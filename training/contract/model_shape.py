"""The size of a model as forecasts need it, read from its folder without loading it. Standard library only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.contract.disk import count_parameters
from training.contract.errors import ForesightError


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Numbers of a decoder-only transformer."""

    parameters: int
    layers: int
    width: int  # of the residual stream
    inner: int  # of the feed-forward block
    keys: int  # key heads x head size: the width of a token's keys, and of its values
    vocabulary: int


KNOWN_SHAPES: dict[str, ModelShape] = {
    "smollm2-135m-instruct": ModelShape(134_515_008, 30, 576, 1536, 192, 49_152),
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B": ModelShape(14_770_033_664, 48, 5120, 13_824, 1024, 152_064),
    "Qwen/Qwen3-4B-Base": ModelShape(4_022_468_096, 36, 2560, 9728, 1024, 151_936),
}
"""Of the models that presets name: they can be forecast before they are fetched."""


def read_shape(folder: Path) -> ModelShape:
    """The shape of a model folder, from config.json and the headers of its weights.

    Raises ForesightError for a folder without them, or a config that lacks a number.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = config.get("text_config", config)
        heads = _count(config, "num_attention_heads")
        head_size = config.get("head_dim") or _count(config, "hidden_size") // heads
        return ModelShape(
            parameters=count_parameters(folder),
            layers=_count(config, "num_hidden_layers"),
            width=_count(config, "hidden_size"),
            inner=_count(config, "intermediate_size"),
            keys=int(config.get("num_key_value_heads") or heads) * int(head_size),
            vocabulary=_count(config, "vocab_size"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForesightError(
            f"The config.json of {folder.name} does not say how large the model is.", field="model.name"
        ) from error


def _count(config: dict[str, Any], name: str) -> int:
    """A number above 0. Raises KeyError or ValueError."""
    value = int(config[name])
    if value < 1:
        raise ValueError(name)
    return value
