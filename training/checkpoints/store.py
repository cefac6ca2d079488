"""The checkpoints of a run: where they lie, which one to resume from, which ones to let go."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.checkpoints.manifest import (
    MANIFEST,
    Facts,
    Manifest,
    drop_state,
    read_manifest,
    verify_checkpoint,
    write_manifest,
)
from training.contract.errors import ForesightError
from training.contract.events import CheckpointSaved
from training.contract.settings.running import CheckpointConfig

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


def seal_checkpoint(folder: Path, step: int, facts: Facts = Facts()) -> CheckpointSaved:
    """Declare a checkpoint whole: write its manifest and return the event that announces it.

    Args:
        folder: `<run>/checkpoints/step_NNNNNN` with model/ and state/ complete.
        step: GRPO steps done.
        facts: what the manifest says of it beside its files.

    Raises:
        ForesightError: the folder holds no weights under model/.
        OSError: the disk refuses.
    """
    if not any((folder / "model").glob("*.safetensors")):
        raise ForesightError(f"{folder.name} holds no safetensors under model/.", field="checkpoint")
    return saved_event(folder, write_manifest(folder, step, facts))


def newest_verified(
    run_dir: Path, on_damaged: Callable[[Path, ForesightError], None] | None = None
) -> Path | None:
    """The newest checkpoint to resume from whose every file is as its manifest says, or None.

    One that is kept for its weights alone cannot be resumed from and is passed over in silence.

    Args:
        run_dir: the run's folder.
        on_damaged: told of each newer checkpoint that was passed over and why; by default a
            warning is logged.
    """
    for folder in reversed(list_checkpoints(run_dir)):
        try:
            manifest = verify_checkpoint(folder)
        except ForesightError as error:
            (on_damaged or _warn)(folder, error)
        else:
            if not manifest.weights_only:
                return folder
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which steps keep what; all other checkpoints go."""

    whole: frozenset[int]  # can be resumed
    weights: frozenset[int]  # kept for their score, without the state to resume


@dataclass(frozen=True, slots=True)
class Retained:
    """What left the disk."""

    removed: tuple[Path, ...]  # folders that are gone
    reduced: tuple[tuple[Path, Manifest], ...]  # folders that lost their state, with what is left


def plan_retention(
    scores: Mapping[int, float | None], *, keep: int, keep_best: int, higher_is_better: bool
) -> Plan:
    """The newest `keep` stay whole; of the best `keep_best` the others keep their weights. Pure.

    Args:
        scores: of every sealed checkpoint, by step; None where the metric was not measured: such a
            one is never among the best. Of equal scores the later step is the better.
    """
    newest = frozenset(sorted(scores)[-keep:])
    sign = 1 if higher_is_better else -1
    ranked = sorted((sign * score, step) for step, score in scores.items() if score is not None)
    best = {step for _, step in ranked[::-1][:keep_best]}
    return Plan(whole=newest, weights=frozenset(best - newest))


def retain_checkpoints(run_dir: Path, settings: CheckpointConfig) -> Retained:
    """Remove or reduce the checkpoints that are neither among the newest nor among the best.

    Damage counts only where a manifest is unreadable: hashing gigabytes after every save is not worth
    it, and `keep` is at least two for that reason. Unsealed folders older than the newest `keep` go
    too. The manifest of a removed one goes first, so that it never looks whole.
    """
    folders = list_checkpoints(run_dir)
    sealed = {step_of(folder): manifest for folder in folders if (manifest := _sealed(folder))}
    if not sealed:
        return Retained((), ())
    scores = {
        step: manifest.score if manifest.best_by == settings.best_by else None
        for step, manifest in sealed.items()
    }
    plan = plan_retention(
        scores,
        keep=settings.keep,
        keep_best=settings.keep_best,
        higher_is_better=settings.higher_is_better,
    )
    removed, reduced = [], []
    for folder in folders:
        step = step_of(folder)
        if step in plan.weights and not sealed[step].weights_only:
            reduced.append((folder, drop_state(folder)))
        elif step not in plan.whole | plan.weights and (step in sealed or step < min(plan.whole)):
            (folder / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(folder)
            removed.append(folder)
    return Retained(tuple(removed), tuple(reduced))


def saved_event(folder: Path, manifest: Manifest) -> CheckpointSaved:
    """What announces a sealed checkpoint."""
    return CheckpointSaved(
        step=manifest.step,
        path=folder.relative_to(folder.parent.parent).as_posix(),
        model_files=tuple(file for file in manifest.files if file.path.startswith("model/")),
        bytes=manifest.bytes,
        weights_sha256=manifest.weights_sha256,
        reward=manifest.reward,
        best_by=manifest.best_by,
        score=manifest.score,
        parent_weights_sha256=manifest.parent_weights_sha256,
    )


def _sealed(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except ForesightError:
        return None


def _warn(folder: Path, error: ForesightError) -> None:
    logger.warning("%s is passed over: %s", folder.name, error.message)
