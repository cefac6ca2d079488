"""Model folders that could run code are refused by name of the file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.models.safety import check_model_folder


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def _refusal(folder: Path) -> str:
    with pytest.raises(ForesightError) as caught:
        check_model_folder(folder)
    assert caught.value.field == "model.name"
    return caught.value.message


def test_plain_safetensors_folder_passes(folder: Path) -> None:
    check_model_folder(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "model.ckpt", "extra/state.pkl"])
def test_pickle_is_refused_even_beside_safetensors(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x80\x04.")
    assert Path(name).name in _refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "generation_config.json"])
def test_auto_map_is_refused_wherever_it_stands(folder: Path, name: str) -> None:
    settings = json.loads((folder / name).read_text(encoding="utf-8"))
    settings["nested"] = [{"auto_map": {"AutoModel": "model.Evil"}}]
    (folder / name).write_text(json.dumps(settings), encoding="utf-8")
    assert f"{name} of model has auto_map" in _refusal(folder)


def test_code_is_refused(folder: Path) -> None:
    (folder / "modeling_evil.py").write_text("", encoding="utf-8")
    assert "modeling_evil.py" in _refusal(folder)


def test_folder_without_weights_or_config_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "no safetensors file" in _refusal(folder)
    (folder / "config.json").unlink()
    assert "no config.json" in _refusal(folder)


def test_shard_that_the_index_names_must_be_there(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    assert "misses weights: model-2.safetensors" in _refusal(folder)
