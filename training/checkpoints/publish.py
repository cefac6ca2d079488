"""What every trainer does with a folder of new weights: card, seal, keep the newest and the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from training.checkpoints.card import CARD, model_card
from training.checkpoints.manifest import Facts
from training.checkpoints.origin import read_origin
from training.checkpoints.store import retain_checkpoints, seal_checkpoint, step_of
from training.contract.events import CheckpointReduced, CheckpointRemoved, CheckpointSaved
from training.contract.experiment import ExperimentConfig


def publish_checkpoint(
    config: ExperimentConfig, run_dir: Path, folder: Path, values: Mapping[str, float | None]
) -> Iterator[CheckpointSaved | CheckpointRemoved | CheckpointReduced]:
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
    step, settings = step_of(folder), config.checkpoints
    origin = read_origin(run_dir)
    if origin is not None:
        card = model_card(config, origin, step, values)
        (folder / "model" / CARD).write_text(card, encoding="utf-8")
    facts = Facts(
        reward=values.get("reward/mean"),
        best_by=settings.best_by,
        score=values.get(settings.best_by),
        parent_weights_sha256=origin.weights_sha256 if origin else "",
    )
    yield seal_checkpoint(folder, step, facts)
    retained = retain_checkpoints(run_dir, settings)
    for path in retained.removed:
        yield CheckpointRemoved(step=step_of(path), path=path.relative_to(run_dir).as_posix())
    for path, manifest in retained.reduced:
        name = path.relative_to(run_dir).as_posix()
        yield CheckpointReduced(step=manifest.step, path=name, bytes=manifest.bytes)
