"""Choosing and removing checkpoints of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.manifest import Facts, drop_state, read_manifest, verify_checkpoint
from training.checkpoints.store import (
    Plan,
    checkpoint_folder,
    list_checkpoints,
    newest_verified,
    plan_retention,
    retain_checkpoints,
    seal_checkpoint,
)
from training.contract.settings.running import CheckpointConfig


def sealed(run_dir: Path, *steps: int) -> list[Path]:
    folders = [make_checkpoint(run_dir, step) for step in steps]
    for folder, step in zip(folders, steps, strict=True):
        seal_checkpoint(folder, step)
    return folders


def scored(run_dir: Path, scores: dict[int, float | None], best_by: str = "reward/mean") -> None:
    """Sealed checkpoints, each with its score by step."""
    for step, score in scores.items():
        seal_checkpoint(make_checkpoint(run_dir, step), step, Facts(best_by=best_by, score=score))


def steps_left(run_dir: Path) -> dict[int, bool]:
    """The steps still there: {step: can be resumed}. Every one of them verifies."""
    folders = list_checkpoints(run_dir)
    return {m.step: not m.weights_only for m in map(verify_checkpoint, folders)}


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


def plan(scores: dict[int, float | None], keep: int, keep_best: int, higher: bool = True) -> Plan:
    return plan_retention(scores, keep=keep, keep_best=keep_best, higher_is_better=higher)


@pytest.mark.parametrize(
    ("keep", "keep_best", "higher", "whole", "weights"),
    [
        (2, 0, True, {4, 5}, set()),
        (2, 1, True, {4, 5}, {2}),
        (2, 2, True, {4, 5}, {2}),  # step 5 is second best and among the newest
        (2, 3, True, {4, 5}, {2, 3}),
        (2, 1, False, {4, 5}, set()),  # step 4 is the lowest
        (9, 9, True, {1, 2, 3, 4, 5}, set()),
    ],
)
def test_newest_stay_whole_and_the_best_others_keep_their_weights(
    keep: int, keep_best: int, higher: bool, whole: set[int], weights: set[int]
) -> None:
    found = plan({1: 0.25, 2: 0.75, 3: 0.25, 4: 0.0, 5: 0.5}, keep, keep_best, higher)
    assert (set(found.whole), set(found.weights)) == (whole, weights)


def test_checkpoint_without_a_score_is_never_the_best() -> None:
    assert plan({1: None, 2: None, 3: 0.0}, 1, 2).weights == set()


def test_retain_keeps_the_newest_and_removes_older_ones(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 1, 2, 3, 4)
    settings = CheckpointConfig(keep=2)
    assert retain_checkpoints(tmp_path, settings).removed == tuple(folders[:2])
    assert list_checkpoints(tmp_path) == folders[2:]
    again = retain_checkpoints(tmp_path, settings)
    assert (again.removed, again.reduced) == ((), ())


def test_retain_keeps_the_weights_of_the_best_and_says_what_is_left(tmp_path: Path) -> None:
    scored(tmp_path, {1: 0.5, 2: 0.75, 3: 0.25, 4: 0.0})
    found = retain_checkpoints(tmp_path, CheckpointConfig(keep=2, keep_best=1))
    assert [folder.name for folder in found.removed] == ["step_000001"]
    assert [(folder.name, manifest.bytes) for folder, manifest in found.reduced] == [("step_000002", 9)]
    assert steps_left(tmp_path) == {2: False, 3: True, 4: True}
    assert not (checkpoint_folder(tmp_path, 2) / "state").exists()
    # A better one takes its place; the worse is gone whole.
    scored(tmp_path, {5: 0.875, 6: 0.0, 7: 0.0})
    retain_checkpoints(tmp_path, CheckpointConfig(keep=2, keep_best=1))
    assert steps_left(tmp_path) == {5: False, 6: True, 7: True}


def test_retain_does_not_compare_scores_of_different_metrics(tmp_path: Path) -> None:
    scored(tmp_path, {1: 0.9}, best_by="format/share")
    scored(tmp_path, {2: 0.1, 3: 0.0, 4: 0.0})
    retain_checkpoints(tmp_path, CheckpointConfig(keep=2, keep_best=1))
    assert steps_left(tmp_path) == {2: False, 3: True, 4: True}


def test_retain_does_not_count_unsealed_ones(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 2, 3)
    old, new = make_checkpoint(tmp_path, 1), make_checkpoint(tmp_path, 4)
    assert retain_checkpoints(tmp_path, CheckpointConfig(keep=2)).removed == (old,)
    assert list_checkpoints(tmp_path) == [*folders, new]


def test_checkpoint_of_weights_alone_is_not_resumed_from(tmp_path: Path) -> None:
    folders = sealed(tmp_path, 1, 2)
    drop_state(folders[1])
    assert newest_verified(tmp_path) == folders[0]


def test_checkpoint_stopped_while_its_state_is_dropped_verifies_and_is_finished(tmp_path: Path) -> None:
    (folder,) = sealed(tmp_path, 1)
    before = read_manifest(folder)
    drop_state(folder)
    (folder / "state" / "actor").mkdir(parents=True)
    (folder / "state" / "actor" / "optim.pt").write_bytes(b"moments")  # the removal was cut short
    after = verify_checkpoint(folder)
    assert (after.weights_sha256, after.bytes) == (before.weights_sha256, 9)
    drop_state(folder)
    assert not (folder / "state").exists()
