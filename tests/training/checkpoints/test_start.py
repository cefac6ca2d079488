"""Starting from a checkpoint: the very weights, proven, and kept when the checkpoint goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.manifest import drop_state
from training.checkpoints.start import checkpoint_start, start_weights
from training.checkpoints.store import seal_checkpoint
from training.contract.errors import ForesightError
from training.models.fingerprint import weights_sha256


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = make_checkpoint(tmp_path / "parent", 15)
    seal_checkpoint(folder, 15)
    return folder


def test_start_has_the_checkpoints_own_hash(checkpoint: Path) -> None:
    start = checkpoint_start(str(checkpoint))
    assert (start.folder, start.step) == (checkpoint / "model", 15)
    assert start.weights_sha256 == weights_sha256(checkpoint / "model")


def test_kept_weights_outlive_the_checkpoint(checkpoint: Path, tmp_path: Path) -> None:
    named = weights_sha256(checkpoint / "model")
    kept = start_weights(str(checkpoint), tmp_path / "work" / "start")
    assert (kept / "model.safetensors").stat().st_ino == (
        checkpoint / "model" / "model.safetensors"
    ).stat().st_ino
    shutil.rmtree(checkpoint)
    assert start_weights(str(checkpoint), kept) == kept
    assert weights_sha256(kept) == named


def test_checkpoint_of_weights_alone_can_be_started_from(checkpoint: Path) -> None:
    drop_state(checkpoint)
    assert checkpoint_start(str(checkpoint)).step == 15


def test_damaged_checkpoint_is_not_started_from(checkpoint: Path, tmp_path: Path) -> None:
    (checkpoint / "model" / "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(ForesightError, match="has changed") as caught:
        start_weights(str(checkpoint), tmp_path / "work" / "start")
    assert caught.value.field == "model.start_from"
    assert not (tmp_path / "work" / "start").exists()


def test_checkpoint_that_could_run_code_is_not_started_from(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, 1)
    (folder / "model" / "code.py").write_text("")
    seal_checkpoint(folder, 1)
    with pytest.raises(ForesightError, match=r"holds code: code\.py"):
        checkpoint_start(str(folder))


def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ForesightError, match="There is no checkpoint") as caught:
        checkpoint_start(str(tmp_path / "step_000001"))
    assert caught.value.field == "model.start_from"
