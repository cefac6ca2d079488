"""What every trainer does with a folder of new weights: card, seal, keep the newest and the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from training.checkpoints.card import CARD, model_card
from training.checkpoints.manifest import MANIFEST, Facts, amend_manifest
from training.checkpoints.origin import read_origin
from training.checkpoints.store import retain_checkpoints, saved_event, seal_checkpoint, step_of
from training.contract.events import CheckpointReduced, CheckpointRemoved, CheckpointSaved
from training.contract.experiment import ExperimentConfig

Published = CheckpointSaved | CheckpointRemoved | CheckpointReduced


def publish_checkpoint(
    config: ExperimentConfig, run_dir: Path, folder: Path, values: Mapping[str, float | None]
) -> Iterator[Published]:
    """Finish a checkpoint; yields what happened as events, each after it has happened.

    Args:
        config: the experiment.
        run_dir: the run's folder.
        folder: `<run>/checkpoints/step_NNNNNN` with model/ and state/ complete.
        values: the metrics of the step, by key.

    Raises:
        ForesightError: the folder holds no weights under model/.
        OSError: the disk refuses.
    """
    step, settings, origin = step_of(folder), config.checkpoints, read_origin(run_dir)
    if origin is not None:
        _write_card(folder, model_card(config, origin, step, values))
    facts = Facts(
        reward=values.get("reward/mean"),
        best_by=settings.best_by,
        score=values.get(settings.best_by),
        parent_weights_sha256=origin.weights_sha256 if origin else "",
    )
    yield seal_checkpoint(folder, step, facts)
    yield from _retain(config, run_dir)


def score_checkpoint(
    config: ExperimentConfig, run_dir: Path, folder: Path, values: Mapping[str, float | None]
) -> Iterator[Published]:
    """Add to a published checkpoint what was measured after it was saved; yields as `publish_checkpoint`.

    An evaluation of a step comes after its checkpoint, whose loss it must never be: only the card and
    the manifest are written again. Nothing happens where the step has no checkpoint.
    """
    if not (folder / MANIFEST).is_file():
        return
    origin, changed = read_origin(run_dir), []
    if origin is not None:
        _write_card(folder, model_card(config, origin, step_of(folder), values))
        changed.append(f"model/{CARD}")
    yield saved_event(folder, amend_manifest(folder, values.get(config.checkpoints.best_by), changed))
    yield from _retain(config, run_dir)


def _write_card(folder: Path, card: str) -> None:
    partial = folder / "model" / (CARD + ".partial")
    partial.write_text(card, encoding="utf-8")
    partial.replace(folder / "model" / CARD)


def _retain(config: ExperimentConfig, run_dir: Path) -> Iterator[CheckpointRemoved | CheckpointReduced]:
    retained = retain_checkpoints(run_dir, config.checkpoints)
    for path in retained.removed:
        yield CheckpointRemoved(step=step_of(path), path=path.relative_to(run_dir).as_posix())
    for path, manifest in retained.reduced:
        name = path.relative_to(run_dir).as_posix()
        yield CheckpointReduced(step=manifest.step, path=name, bytes=manifest.bytes)
