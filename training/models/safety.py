"""Refuses model folders that could run code when they are loaded.

Only safetensors weights, and no `auto_map`: `trust_remote_code=False` alone does not keep pickles
out. Looks at file names and JSON settings; does not read weights.
"""

from __future__ import annotations

import json
from pathlib import Path

from training.contract.errors import ForesightError
from training.models.weights import weight_files

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.h5", "*.msgpack")
_SETTINGS = ("config.json", "tokenizer_config.json", "generation_config.json", "processor_config.json")


def check_model_folder(path: Path) -> None:
    """Return quietly for a folder that is safe to load; raise ForesightError naming the file otherwise."""
    if not (path / "config.json").is_file():
        raise _unsafe(f"{path.name} is no model folder: it has no config.json.")
    for pattern in _PICKLES:
        for file in sorted(path.rglob(pattern)):
            raise _unsafe(f"{path.name} holds {file.name}: weights that may run code when they are read.")
    for file in sorted(path.rglob("*.py")):
        raise _unsafe(f"{path.name} holds code: {file.name}.")
    for name in _SETTINGS:
        file = path / name
        if file.is_file() and _has_auto_map(file):
            raise _unsafe(f"{name} of {path.name} has auto_map: it asks for code to be run.")
    weight_files(path)


def _has_auto_map(file: Path) -> bool:
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unsafe(f"{file.name} of {file.parent.name} is not valid JSON.") from error
    waiting: list[object] = [settings]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "auto_map" in item:
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def _unsafe(message: str) -> ForesightError:
    return ForesightError(
        message,
        field="model.name",
        remedy="Use a model folder of config.json, tokenizer.json and safetensors alone.",
    )
