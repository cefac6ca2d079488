"""Starting a run from a checkpoint of another one: which weights, proven by their hash."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from training.checkpoints.manifest import verify_checkpoint
from training.contract.errors import ForesightError
from training.models.fingerprint import weights_sha256
from training.models.safety import check_model_folder

_FIELD = "model.start_from"


@dataclass(frozen=True, slots=True)
class Start:
    """The weights a run begins with."""

    folder: Path  # a Hugging Face folder
    weights_sha256: str
    step: int  # of the checkpoint


def checkpoint_start(name: str) -> Start:
    """The model folder of the checkpoint at `name`, every file compared with its manifest.

    Args:
        name: a checkpoint's folder, `<run folder>/checkpoints/step_000015`.

    Raises:
        ForesightError: field `model.start_from`; no checkpoint there, a damaged one, or one whose
            folder could run code.
    """
    folder = Path(name)
    if not folder.is_dir():
        raise ForesightError(
            f"There is no checkpoint {name}.",
            field=_FIELD,
            remedy="Name the folder of a checkpoint, <run folder>/checkpoints/step_NNNNNN.",
        )
    try:
        manifest = verify_checkpoint(folder)
        check_model_folder(folder / "model")
    except ForesightError as error:
        raise ForesightError(error.message, field=_FIELD, remedy="Start from another checkpoint.") from error
    return Start(folder / "model", manifest.weights_sha256, manifest.step)


def start_weights(name: str, keep_in: Path | None) -> Path:
    """The model folder to begin with: of the checkpoint at `name`, or what was kept of it before.

    Args:
        name: a checkpoint's folder.
        keep_in: where a run keeps a copy, so that it outlives the checkpoint it began with; None to
            read the checkpoint in place.

    Raises ForesightError as `checkpoint_start` does.
    """
    if keep_in is not None and keep_in.exists():
        return keep_in
    start = checkpoint_start(name)
    return start.folder if keep_in is None else _copy(start, keep_in)


def _copy(start: Start, folder: Path) -> Path:
    """On one file system the copy is made of hard links and takes no space."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(start.folder, partial, copy_function=_link)
    if weights_sha256(partial) != start.weights_sha256:
        raise ForesightError(
            "The start weights changed while they were copied.",
            field=_FIELD,
            remedy="Try again.",
            retryable=True,
        )
    partial.rename(folder)
    return folder


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
    return target
