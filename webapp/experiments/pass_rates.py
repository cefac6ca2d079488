"""Which probe a `pass_rate` selection takes its pass rates from: `probe:12`, one of the owner's own.

A setting that names a file of training never comes from a form as a path. What training reads gets
the path.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.probe_result import PROBE_FILE
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder

_PROBE = re.compile(r"probe:(\d{1,12})")


def probe_reference(probe: int) -> str:
    """What stands in the form for the probe with this number."""
    return f"probe:{probe}"


def find_probe_file(owner: Any, reference: str) -> Path:
    """The probe.json of the owner's finished probe. Raises ForesightError, field `positions.pass_rates`."""
    match = _PROBE.fullmatch(reference)
    job = Job.objects.filter(owner=owner, kind="probe", probe=int(match[1])).first() if match else None
    file = job_folder(job) / PROBE_FILE if job else None
    if file is None or not file.is_file():
        raise ForesightError(
            "The probe whose pass rates are asked for is not there.",
            field="positions.pass_rates",
            remedy="Choose the pass rates on the page of a finished probe, or choose another selection.",
        )
    return file.resolve()


def with_probe_file(config: ExperimentConfig, owner: Any) -> ExperimentConfig:
    """The config as training reads it: the probe is its file. Raises ForesightError for a lost one."""
    positions = config.positions
    path = str(find_probe_file(owner, positions.pass_rates)) if positions.selection == "pass_rate" else ""
    return config.model_copy(update={"positions": positions.model_copy(update={"pass_rates": path})})
