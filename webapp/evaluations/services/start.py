"""Starts an evaluation as a job of its own: of a checkpoint of a run, or of any model on a run's positions."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.corpora.model_choices import find_model
from webapp.evaluations.models import Evaluation
from webapp.jobs.services.create import create_job
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Checkpoint, Run

NEXT_TOKEN = ("rpt", "ntp")
"""Methods whose held-out documents are measured position by position."""


def can_evaluate(run: Run) -> bool:
    """Whether the run is of next tokens and holds documents out: nothing else is fair to measure on."""
    return run.method in NEXT_TOKEN and holds_out(run)


def holds_out(run: Run) -> bool:
    return int(run.config.get("data", {}).get("held_out_documents", 0)) > 0


def evaluate_checkpoint(checkpoint: Checkpoint) -> Evaluation:
    """Queue an evaluation of a run's checkpoint on the positions the run holds out.

    Raises ForesightError when the run holds none out, or the checkpoint is gone.
    """
    folder = model_folder(checkpoint)
    return _start(checkpoint.run, str(folder), f"step {checkpoint.step}", step=checkpoint.step, of_run=True)


def model_folder(checkpoint: Checkpoint) -> Path:
    """The folder of a checkpoint's weights. Raises ForesightError when it is gone."""
    folder: Path = checkpoint.run.folder_path / checkpoint.path / "model"
    if checkpoint.removed or not folder.is_dir():
        raise ForesightError(
            f"The checkpoint of step {checkpoint.step} is not on this machine any more.",
            field="checkpoint",
            remedy="Evaluate a newer one.",
        )
    return folder


def evaluate_model(run: Run, model: str) -> Evaluation:
    """Queue an evaluation of a model by its name on the positions that `run` holds out.

    Raises ForesightError when there is no such model, or the run holds no documents out.
    """
    finding = find_model(model)
    if finding.error:
        raise ForesightError(finding.error, field="model")
    return _start(run, model, model, step=0, of_run=False)


def _start(run: Run, model: str, name: str, *, step: int, of_run: bool) -> Evaluation:
    if run.method not in NEXT_TOKEN:
        raise ForesightError(
            f"{run.name} is no run of next tokens, so it holds no positions out.",
            field="run",
            remedy="Choose an RPT run or its supervised control.",
        )
    if not holds_out(run):
        raise ForesightError(
            f"{run.name} holds no documents out, so there is nothing it has not trained on.",
            field="data.held_out_documents",
            remedy="Hold out some documents in the next experiment.",
        )
    arguments = ["evaluate", "--model", model, "--name", name, "--mode", "both", "--step", str(step)]
    arguments += ["--config", str(run.folder_path / "experiment.yaml")]
    arguments += ["--out", "{folder}/evaluation.json", "--events", "{spool}"]
    with transaction.atomic():
        job = create_job("evaluate", run.owner, "evaluations/{job}", arguments)
        evaluation: Evaluation = Evaluation.objects.create(
            owner=run.owner, run=run if of_run else None, job=job, step=step, model=name
        )
        send_launch_hint(job)
    return evaluation
