"""Choosing and removing checkpoints of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.store import (
    checkpoint_folder,
    list_checkpoints,
    newest_verified,
    prune_checkpoints,
    seal_checkpoint,
)


def sealed(run_dir: Path, *steps: int) -> list[Path]:
    folders = [make_checkpoint(run_dir, step) for step in steps]
    for folder, step in zip(folders, steps, strict=True):
        seal_checkpoint(folder, step, None)
    return folders


def test_checkpoints_are_listed_by_step_without_unfinished_folders(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 1000000, 15, 2)
    (tmp_path / "checkpoints" / "step_000020.partial").mkdir()
    (tmp_path / "checkpoints" / "latest.txt").write_text("20")
    assert list_checkpoints(tmp_path) == [folders[2], folders[1], folders[0]]
    assert folders[1] == tmp_path / "checkpoints" / "step_000015" == checkpoint_folder(tmp_path, 15)


def test_newest_verified_of_a_run_without_checkpoints_is_none(tmp_path: Path) -> None:
    assert newest_verified(tmp_path) is None


def test_newest_verified_passes_over_damaged_ones_and_says_which(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 1, 2, 3)
    make_checkpoint(tmp_path, 4)
    (folders[2] / "model" / "model.safetensors").write_bytes(b"wei")
    told: list[str] = []
    found = newest_verified(tmp_path, lambda folder, error: told.append(error.message))
    assert found == folders[1]
    assert told == [
        "step_000004 has no manifest.json: it was never finished.",
        "step_000003 is damaged: model/model.safetensors has 3 bytes, not 7.",
    ]


def test_newest_verified_by_default_warns_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_checkpoint(tmp_path, 4)
    assert newest_verified(tmp_path) is None
    assert "step_000004 is passed over" in caplog.text


def test_prune_keeps_the_newest_and_removes_older_ones(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 1, 2, 3, 4)
    assert prune_checkpoints(tmp_path, 2) == folders[:2]
    assert list_checkpoints(tmp_path) == folders[2:]
    assert prune_checkpoints(tmp_path, 2) == []


def test_prune_does_not_count_unsealed_ones(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 2, 3)
    old, new = make_checkpoint(tmp_path, 1), make_checkpoint(tmp_path, 4)
    assert prune_checkpoints(tmp_path, 2) == [old]
    assert list_checkpoints(tmp_path) == [*folders, new]


def test_prune_keeping_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        prune_checkpoints(tmp_path, 0)
