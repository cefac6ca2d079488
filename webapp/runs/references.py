"""References to runs and checkpoints in an experiment's settings: `run:12`, `run:12/step:15`.

A setting that names a folder of training never comes from a form as a path: it is a reference, and only
the owner's own runs are found by it. What training reads gets the folder.
"""

from __future__ import annotations

import re
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.method import NtpConfig
from webapp.runs.models import Checkpoint, Run

_RUN = re.compile(r"run:(\d{1,12})")
_CHECKPOINT = re.compile(r"run:(\d{1,12})/step:(\d{1,9})")


def run_reference(run: Run) -> str:
    return f"run:{run.pk}"


def find_checkpoint(owner: Any, reference: str) -> Checkpoint:
    """The owner's checkpoint, still on the disk. Raises ForesightError, field `model.start_from`."""
    match = _CHECKPOINT.fullmatch(reference)
    found = None
    if match:
        rows = Checkpoint.objects.filter(run__owner=owner, run=int(match[1]), step=int(match[2])).present()
        found = rows.select_related("run", "run__job").order_by("-attempt").first()
    if found is None:
        raise ForesightError(
            "The checkpoint to start from is not there, or was deleted when newer ones were saved.",
            field="model.start_from",
            remedy="Choose one on a run's list of checkpoints, or clear this.",
        )
    return found


def find_run(owner: Any, reference: str) -> Run:
    """The owner's run. Raises ForesightError, field `method.reference`."""
    match = _RUN.fullmatch(reference)
    found: Run | None = (
        Run.objects.owned_by(owner).with_job().filter(pk=int(match[1])).first() if match else None
    )
    if found is None:
        raise ForesightError(
            "The reference run is not there.",
            field="method.reference",
            remedy="Launch the control from the page of an RPT run, or clear this.",
        )
    return found


def with_folders(config: ExperimentConfig, owner: Any) -> ExperimentConfig:
    """The config as training reads it: references are folders. Raises ForesightError for a lost one."""
    changes: dict[str, Any] = {}
    if config.model.start_from:
        checkpoint = find_checkpoint(owner, config.model.start_from)
        folder = (checkpoint.run.folder_path / checkpoint.path).resolve()
        changes["model"] = config.model.model_copy(update={"start_from": str(folder)})
    if isinstance(config.method, NtpConfig) and config.method.reference:
        folder = find_run(owner, config.method.reference).folder_path.resolve()
        changes["method"] = config.method.model_copy(update={"reference": str(folder)})
    return config.model_copy(update=changes)


def reference_errors(config: ExperimentConfig, owner: Any) -> dict[str, str]:
    """What is wrong with the references of a draft: {setting: sentence}."""
    found: dict[str, str] = {}
    try:
        if config.model.start_from:
            began = find_checkpoint(owner, config.model.start_from).run.config["model"]["name"]
            if began != config.model.name:
                found["model.name"] = f"The checkpoint to start from is one of {began}. Name that model here."
        if isinstance(config.method, NtpConfig) and config.method.reference:
            find_run(owner, config.method.reference)
    except ForesightError as error:
        found[error.field] = f"{error.message} {error.remedy}"
    return found
