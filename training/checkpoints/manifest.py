"""The manifest of a checkpoint: its files with sizes and hashes, written last.

A checkpoint folder with a manifest was written whole; whether it still is, is for
`verify_checkpoint` to say. The manifest proves integrity, not origin: it is not signed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from training.contract.errors import ForesightError
from training.contract.events import CheckpointFile

MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_STATE = "state"  # the part of a checkpoint that only resuming needs


class Manifest(BaseModel):
    """What a checkpoint consists of."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")

    step: int  # GRPO steps done
    created: float  # Unix seconds
    files: tuple[CheckpointFile, ...]  # every file but this one, by path
    weights_sha256: str  # names the weights of model/, see models/fingerprint.py
    reward: float | None = None  # mean reward of the step, when known
    best_by: str = ""  # the metric that `score` is of
    score: float | None = None  # None: not measured at this step
    parent_weights_sha256: str = ""  # the weights the run began with
    weights_only: bool = False  # the state to resume was dropped to save space

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manifest says of a checkpoint beside its files."""

    reward: float | None = None  # mean reward of the step, when known
    best_by: str = ""  # the metric that `score` is of
    score: float | None = None
    parent_weights_sha256: str = ""  # the weights the run began with


def write_manifest(folder: Path, step: int, facts: Facts) -> Manifest:
    """Hash every file of `folder`, see them onto the disk, then write the manifest as the last file.

    Raises OSError when the disk refuses; there is then no manifest.
    """
    files = tuple(_entry(folder, path) for path in checkpoint_files(folder))
    manifest = Manifest(
        step=step,
        created=time.time(),
        files=files,
        weights_sha256=weights_sha256(files),
        **asdict(facts),
    )
    _write(folder, manifest)
    for directory in (*(path for path in folder.rglob("*") if path.is_dir()), folder, folder.parent):
        _sync_directory(directory)
    return manifest


def drop_state(folder: Path) -> Manifest:
    """Take the state to resume out of a sealed checkpoint; its weights stay and still verify.

    The manifest is rewritten first. Stopped in between, the checkpoint verifies all the same, and the
    next call removes what is left.

    Raises ForesightError for a checkpoint that is not sealed.
    """
    manifest = read_manifest(folder)
    if not manifest.weights_only:
        files = tuple(file for file in manifest.files if not _is_state(file.path))
        manifest = manifest.model_copy(update={"files": files, "weights_only": True})
        _write(folder, manifest)
        _sync_directory(folder)
    shutil.rmtree(folder / _STATE, ignore_errors=True)
    return manifest


def amend_manifest(folder: Path, score: float | None, changed: Sequence[str]) -> Manifest:
    """Give a sealed checkpoint its score, and take in files that were rewritten; the others are not read.

    Raises ForesightError for a checkpoint that is not sealed.
    """
    manifest = read_manifest(folder)
    files = {file.path: file for file in manifest.files}
    files |= {name: _entry(folder, folder / name) for name in changed}
    ordered = tuple(files[name] for name in sorted(files))
    manifest = manifest.model_copy(update={"files": ordered, "score": score})
    _write(folder, manifest)
    _sync_directory(folder)
    return manifest


def _write(folder: Path, manifest: Manifest) -> None:
    """The manifest, whole or as it was."""
    partial = folder / (MANIFEST + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(manifest.model_dump_json(indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a sealed checkpoint. Raises ForesightError when it is missing or unreadable."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise _damaged(folder, f"has no {MANIFEST}: it was never finished") from error
    except ValidationError as error:
        raise _damaged(folder, f"has a damaged {MANIFEST}") from error


def verify_checkpoint(folder: Path) -> Manifest:
    """Read every file of a checkpoint and compare it with the manifest.

    Raises:
        ForesightError: with field `checkpoint`, naming the first file that is missing, of another
            size, changed, or not in the manifest.
    """
    manifest = read_manifest(folder)
    listed = {file.path: file for file in manifest.files}
    present = {path.relative_to(folder).as_posix(): path for path in checkpoint_files(folder)}
    if manifest.weights_only:  # state that was dropped may be on its way out
        present = {name: path for name, path in present.items() if not _is_state(name)}
    if missing := sorted(listed.keys() - present.keys()):
        raise _damaged(folder, f"lacks {missing[0]}")
    if extra := sorted(present.keys() - listed.keys()):
        raise _damaged(folder, f"holds {extra[0]}, which is not in its manifest")
    for name, file in listed.items():
        size = present[name].stat().st_size
        if size != file.bytes:
            raise _damaged(folder, f"is damaged: {name} has {size} bytes, not {file.bytes}")
    for name, file in listed.items():
        if _sha256(present[name]) != file.sha256:
            raise _damaged(folder, f"is damaged: {name} has changed")
    return manifest


def weights_sha256(files: Iterable[CheckpointFile]) -> str:
    """The name of the weights among `files`, as `training.models.fingerprint` gives it for the model/ folder.

    Made of the hashes that are there already, so that gigabytes are read once and not twice.
    """
    weights = sorted((Path(file.path).name, file.sha256) for file in files if is_weights(file.path))
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in weights).encode()).hexdigest()


def is_weights(path: str) -> bool:
    """Whether a file of a checkpoint holds weights people download."""
    return path.startswith("model/") and path.endswith(".safetensors")


def checkpoint_files(folder: Path) -> list[Path]:
    """Every file of a checkpoint but its manifest, in path order. Links count as files."""
    own = {folder / MANIFEST, folder / (MANIFEST + ".partial")}
    return sorted(
        path for path in folder.rglob("*") if (path.is_symlink() or path.is_file()) and path not in own
    )


def _is_state(path: str) -> bool:
    return path.startswith(f"{_STATE}/")


def _entry(folder: Path, path: Path) -> CheckpointFile:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    name = path.relative_to(folder).as_posix()
    return CheckpointFile(path=name, bytes=path.stat().st_size, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(folder: Path, what: str) -> ForesightError:
    return ForesightError(
        f"{folder.name} {what}.", field="checkpoint", remedy="Use an earlier checkpoint of the run."
    )
