"""Starts an evaluation as a job of its own: of a checkpoint of a run, or of any model on a run's positions."""

from __future__ import annotations

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.corpora.model_choices import find_model
from webapp.evaluations.models import Evaluation
from webapp.jobs.services.create import create_job
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Checkpoint, Run


def can_evaluate(run: Run) -> bool:
    """Whether the run's experiment holds documents out: nothing else is fair to measure on."""
    return run.method != "sft" and int(run.config.get("data", {}).get("held_out_documents", 0)) > 0


def evaluate_checkpoint(checkpoint: Checkpoint) -> Evaluation:
    """Queue an evaluation of a run's checkpoint on the positions the run holds out.

    Raises ForesightError when the run holds none out, or the checkpoint is gone.
    """
    folder = checkpoint.run.folder_path / checkpoint.path / "model"
    if checkpoint.removed or not folder.is_dir():
        raise ForesightError(
            f"The checkpoint of step {checkpoint.step} is not on this machine any more.",
            field="checkpoint",
            remedy="Evaluate a newer one.",
        )
    return _start(checkpoint.run, str(folder), f"step {checkpoint.step}", step=checkpoint.step, of_run=True)


def evaluate_model(run: Run, model: str) -> Evaluation:
    """Queue an evaluation of a model by its name on the positions that `run` holds out.

    Raises ForesightError when there is no such model, or the run holds no documents out.
    """
    finding = find_model(model)
    if finding.error:
        raise ForesightError(finding.error, field="model")
    return _start(run, model, model, step=0, of_run=False)


def _start(run: Run, model: str, name: str, *, step: int, of_run: bool) -> Evaluation:
    if not can_evaluate(run):
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
