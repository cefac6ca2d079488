"""The checkpoints of a run: where they lie, which one to resume from, which ones to let go."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from training.checkpoints.manifest import MANIFEST, Manifest, read_manifest, verify_checkpoint, write_manifest
from training.contract.errors import ForesightError
from training.contract.events import CheckpointSaved

logger = logging.getLogger(__name__)

_NAME = re.compile(r"step_(\d{6,})")


def checkpoint_folder(run_dir: Path, step: int) -> Path:
    """Where the checkpoint of a step lies: `checkpoints/step_000015`."""
    return run_dir / "checkpoints" / f"step_{step:06d}"


def list_checkpoints(run_dir: Path) -> list[Path]:
    """The checkpoint folders of a run, sealed or not, oldest first; none that is still being written."""
    parent = run_dir / "checkpoints"
    if not parent.is_dir():
        return []
    found = [path for path in parent.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)


def step_of(folder: Path) -> int:
    """The GRPO step of a checkpoint folder, from its name. Raises ValueError for another name."""
    match = _NAME.fullmatch(folder.name)
    if match is None:
        raise ValueError(f"{folder.name!r} is no checkpoint folder")
    return int(match.group(1))


def seal_checkpoint(folder: Path, step: int, reward: float | None) -> CheckpointSaved:
    """Declare a checkpoint whole: write its manifest and return the event that announces it.

    Args:
        folder: `<run>/checkpoints/step_NNNNNN` with model/ and state/ complete.
        step: GRPO steps done.
        reward: mean reward of the step, when known.

    Raises:
        ForesightError: the folder holds no weights under model/.
        OSError: the disk refuses.
    """
    if not any((folder / "model").glob("*.safetensors")):
        raise ForesightError(f"{folder.name} holds no safetensors under model/.", field="checkpoint")
    return _saved_event(folder, write_manifest(folder, step, reward))


def newest_verified(
    run_dir: Path, on_damaged: Callable[[Path, ForesightError], None] | None = None
) -> Path | None:
    """The newest checkpoint whose every file is as its manifest says, or None.

    Args:
        run_dir: the run's folder.
        on_damaged: told of each newer checkpoint that was passed over and why; by default a
            warning is logged.
    """
    for folder in reversed(list_checkpoints(run_dir)):
        try:
            verify_checkpoint(folder)
        except ForesightError as error:
            (on_damaged or _warn)(folder, error)
        else:
            return folder
    return None


def prune_checkpoints(run_dir: Path, keep: int) -> list[Path]:
    """Remove all checkpoints older than the newest `keep` sealed ones; returns the removed folders.

    A damaged checkpoint counts only if its manifest is unreadable: hashing gigabytes after every
    save is not worth it, and `keep` is at least two for that reason. The manifest goes first, so
    that a checkpoint half removed never looks whole.

    Raises ValueError for `keep` below 1.
    """
    if keep < 1:
        raise ValueError("keep must be at least 1")
    sealed = [folder for folder in list_checkpoints(run_dir) if _is_sealed(folder)]
    if len(sealed) < keep:
        return []
    oldest_kept = step_of(sealed[-keep])
    removed = [folder for folder in list_checkpoints(run_dir) if step_of(folder) < oldest_kept]
    for folder in removed:
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder)
    return removed


def _saved_event(folder: Path, manifest: Manifest) -> CheckpointSaved:
    return CheckpointSaved(
        step=manifest.step,
        path=folder.relative_to(folder.parent.parent).as_posix(),
        model_files=tuple(file for file in manifest.files if file.path.startswith("model/")),
        bytes=manifest.bytes,
        weights_sha256=manifest.weights_sha256,
        reward=manifest.reward,
    )


def _is_sealed(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except ForesightError:
        return False
    return True


def _warn(folder: Path, error: ForesightError) -> None:
    logger.warning("%s is passed over: %s", folder.name, error.message)
