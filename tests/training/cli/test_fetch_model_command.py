"""`fetch-model`: where a model is, or why it is not to be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.__main__ import main


def test_folder_of_a_model_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_tiny_model(tmp_path / "tiny")
    assert main(["fetch-model", "tiny", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{folder}\n"


def test_models_root_of_the_home_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path))
    folder = make_tiny_model(tmp_path / "models/tiny")
    assert main(["fetch-model", "tiny"]) == 0
    assert capsys.readouterr().out == f"{folder}\n"


def test_unknown_model_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch-model", "../elsewhere", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: model.name: '../elsewhere' is not a model name.")
