"""Whom a person asks, by reference: `run:12/step:15`, `run:12/base` or `model:smollm2-135m-instruct`.

A checkpoint and the weights its run began with are asked as that run asks; any other model of this machine as
an RPT experiment with the chosen template would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from webapp.corpora.model_choices import find_model, model_choices
from webapp.runs.access import own_run
from webapp.runs.models import Checkpoint, Run
from webapp.runs.references import find_checkpoint

_BASE = re.compile(r"run:(\d{1,12})/base")
_STEP = re.compile(r"run:(\d{1,12})/step:\d{1,9}")
_MODEL = "model:"
TEMPLATES = ("v0", "v1", "v2", "v3", "v4", "v5", "v6", "short")
"""Of RPT, for a model without a run."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, and how it is asked."""

    reference: str
    label: str
    model: str  # of `training try --model`: a name or a folder
    config: ExperimentConfig
    run: Run | None

    @property
    def method(self) -> str:
        return self.config.method.kind


@dataclass(frozen=True, slots=True)
class Choice:
    reference: str
    label: str


def find_subject(user: Any, reference: str, template: str = "") -> Subject:
    """Raises ForesightError with field `of`: no such checkpoint or model of the user's."""
    if reference.startswith(_MODEL):
        return _model(reference.removeprefix(_MODEL), template)
    base = _BASE.fullmatch(reference)
    if base:
        return _base(_run(user, int(base[1])))
    if not _STEP.fullmatch(reference):
        raise ForesightError(
            _("%(reference)r names no checkpoint and no model.") % {"reference": reference[:60]},
            field="of",
            remedy=_("Use run:12/step:15, run:12/base or model:NAME."),
        )
    try:
        return _checkpoint(find_checkpoint(user, reference))
    except ForesightError as error:
        raise ForesightError(
            _("This checkpoint is not there, or was deleted when newer ones were saved."),
            field="of",
            remedy=_("Choose one on a run's list of checkpoints."),
        ) from error


def choices_of(run: Run) -> list[Choice]:
    """Those of a run: its checkpoints on the disk, newest first, and what it began with."""
    present = Checkpoint.objects.of_run(run).present()
    steps = {found.step: found.reference for found in present}
    found = [Choice(steps[step], _("Step %(step)s") % {"step": step}) for step in sorted(steps, reverse=True)]
    return [*found, Choice(f"run:{run.pk}/base", _("Before training: %(model)s") % {"model": _began(run)})]


def local_choices() -> list[Choice]:
    return [Choice(f"{_MODEL}{choice.name}", choice.label) for choice in model_choices()]


def _run(user: Any, pk: int) -> Run:
    try:
        return own_run(user, pk)
    except Http404 as error:
        raise ForesightError(
            _("There is no such run."), field="of", remedy=_("Choose one of your own.")
        ) from error


def _checkpoint(found: Checkpoint) -> Subject:
    run, folder = found.run, found.run.folder_path / found.path / "model"
    label = _("%(run)s, step %(step)s") % {"run": run.name, "step": found.step}
    return Subject(found.reference, label, str(_folder(folder)), run.typed, run)


def _base(run: Run) -> Subject:
    start = run.config["model"].get("start_from")
    model = str(_folder(Path(start) / "model")) if start else run.config["model"]["name"]
    label = _("%(run)s, before training") % {"run": run.name}
    return Subject(f"run:{run.pk}/base", label, model, run.typed, run)


def _began(run: Run) -> str:
    began = run.start_checkpoint
    return f"{began.run.name}, {began.step}" if began else str(run.config["model"]["name"])


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise ForesightError(
            _("The weights are not on this machine any more."),
            field="of",
            remedy=_("Choose another checkpoint."),
        )
    return folder


def _model(name: str, template: str) -> Subject:
    finding = find_model(name)
    if finding.error:
        raise ForesightError(finding.error, field="of", remedy=_("Choose one of the list."))
    if template and template not in TEMPLATES:
        raise ForesightError(
            _("There is no prompt template %(name)r.") % {"name": template[:40]},
            field="template",
            remedy=_("Choose one of: %(names)s.") % {"names": ", ".join(TEMPLATES)},
        )
    method = {"kind": "rpt", "prompt": template or "short"}
    config = parse_experiment({"name": name[:120], "model": {"name": name}, "method": method})
    return Subject(f"{_MODEL}{name}", name, name, config, None)
