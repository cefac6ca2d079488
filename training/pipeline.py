"""An experiment from text to checkpoints, told to the world as events; what its method does is in `pipelines`.

Needs no database, no broker and no web app. Run again on the folder of an attempt that stopped,
it takes up what is finished and goes on from the newest checkpoint that verifies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from training.checkpoints.origin import Origin, licence_of, read_origin
from training.checkpoints.store import newest_verified, step_of
from training.contract.errors import ForesightError
from training.contract.events import Began, Failed, Finished
from training.contract.experiment import ExperimentConfig, dump_yaml, load_experiment
from training.contract.stream import EventWriter, spool_path
from training.pipelines.attempt import Attempt
from training.pipelines.ntp import run_ntp
from training.pipelines.rlpt import run_rlpt
from training.pipelines.rlvr import run_rlvr
from training.pipelines.rpt import run_rpt
from training.pipelines.sft import run_sft
from training.stages import Teller, prepare

EXPERIMENT_FILE = "experiment.yaml"

PIPELINES: dict[str, Callable[[Attempt], int]] = {
    "rpt": run_rpt,
    "rlpt": run_rlpt,
    "rlvr": run_rlvr,
    "sft": run_sft,
    "ntp": run_ntp,
}
"""The methods by their kind; each returns the steps done. Adding one is a file and a line."""


def run(config: ExperimentConfig, run_dir: Path, *, attempt: int) -> int:
    """Carry out the experiment in `run_dir`; returns the steps done.

    Args:
        config: the experiment. `data.corpus` is `sample` or a path.
        run_dir: made where it is missing. Holds one experiment: another one is refused.
        attempt: number of this attempt, from 1; its events go to `events.<attempt>.jsonl`.

    Raises:
        ForesightError: what a person can act on; the event `failed` says the same.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    tell = Teller(EventWriter(spool_path(run_dir, attempt)).emit)
    try:
        steps = _run(config, run_dir, attempt, tell)
    except ForesightError as error:
        tell.emit(
            Failed(message=error.message, field=error.field, remedy=error.remedy, retryable=error.retryable)
        )
        raise
    # Epochs are done whole, or not at all.
    asked = steps if config.steps_known is None else config.steps_known
    tell.emit(Finished(steps_done=steps, steps_asked=asked))
    return steps


def _run(config: ExperimentConfig, run_dir: Path, attempt: int, tell: Teller) -> int:
    from training.engine.launch import pick_device
    from training.models.cpu import use_cpu

    claim_folder(config, run_dir)
    if pick_device(config) == "cpu":  # a missing GPU is said now, not after an hour of scoring
        use_cpu(config.resources.threads)
    policy, proxy = prepare(config, tell, run_dir / "work" / "start")
    origin = _origin(config, policy, run_dir, tell)
    checkpoint = newest_verified(
        run_dir, lambda folder, error: tell.log(f"{folder.name} is passed over: {error}", "warning")
    )
    return PIPELINES[config.method.kind](
        Attempt(config, run_dir, attempt, policy, proxy, origin, checkpoint, tell)
    )


def _origin(config: ExperimentConfig, policy: Path, run_dir: Path, tell: Teller) -> Origin:
    """Which weights the run begins with, told to the world."""
    from training.models.fingerprint import weights_sha256

    name, start = config.model.name, config.model.start_from
    origin = read_origin(run_dir) or Origin(
        model=name,
        licence=licence_of(name, policy),
        weights_sha256=weights_sha256(policy),
        start_from=start,
        start_step=step_of(Path(start)) if start else 0,
    )
    tell.emit(
        Began(
            model=name,
            weights_sha256=origin.weights_sha256,
            start_from=origin.start_from,
            step=origin.start_step,
        )
    )
    return origin


def claim_folder(config: ExperimentConfig, run_dir: Path) -> None:
    """Keep the experiment beside its results. Raises ForesightError when another one lies there."""
    path = run_dir / EXPERIMENT_FILE
    if path.exists():
        if load_experiment(path) != config:
            raise ForesightError(
                f"{run_dir} holds a run with other settings.",
                field="run-dir",
                remedy="Name a new folder, or run with the settings in its experiment.yaml.",
            )
        return
    partial = path.with_suffix(".partial")
    partial.write_text(dump_yaml(config), encoding="utf-8")
    partial.replace(path)
