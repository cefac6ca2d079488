"""Experiments and presets, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from training.contract.experiment import ExperimentConfig, dump_yaml
from webapp.experiments.draft import Draft
from webapp.experiments.models import Experiment


class PresetOut(Schema):
    """A named starting point."""

    name: str
    help: str
    config: ExperimentConfig
    yaml: str = Field(description="The same settings as an experiment file.")
    own: bool = Field(description="One of your own, that can be saved again and removed.")


class ExperimentOut(Schema):
    """A stored experiment."""

    id: int
    name: str
    corpus: int
    corpus_name: str
    preset: str = Field(description="What it was started from; may be empty.")
    created: datetime
    runs: list[int] = Field(description="The numbers of its runs, newest first.")


class ExperimentDetail(ExperimentOut):
    """A stored experiment with its settings."""

    config: dict[str, Any] = Field(description="As stored: an older experiment may lack newer settings.")


class KeptOut(Schema):
    """What the selection keeps of a finished scan."""

    scan: int
    positions: int = Field(description="Kept.")
    of: int = Field(description="All that were scored.")


class Validation(Schema):
    """What is to be said of an experiment before it is stored."""

    valid: bool
    errors: dict[str, str] = Field(
        description="Setting -> what is wrong; an empty name is for several at once."
    )
    notes: dict[str, str] = Field(description="Setting -> not wrong, good to know.")
    warnings: list[str]
    config: ExperimentConfig | None = Field(description="Every setting, with the corpus' own fields.")
    corpus: int | None = Field(description="The corpus that was found.")
    rollouts_per_step: int
    updates_per_step: int
    kept: KeptOut | None = Field(description="Null where no scan was made as the experiment asks.")
    disk_bytes: int | None = Field(description="What a run may take at its largest; null: not known yet.")


def experiment_out(experiment: Experiment) -> ExperimentOut:
    return ExperimentOut(**_experiment(experiment))


def experiment_detail(experiment: Experiment) -> ExperimentDetail:
    return ExperimentDetail(**_experiment(experiment), config=experiment.config)


def preset_out(name: str, help_: str, config: ExperimentConfig, *, own: bool = False) -> PresetOut:
    return PresetOut(name=name, help=help_, config=config, yaml=dump_yaml(config), own=own)


def validation(draft: Draft) -> Validation:
    config, findings = draft.config, draft.findings
    kept = findings.kept if findings else None
    disk = findings.disk if findings else None
    return Validation(
        valid=draft.valid,
        errors=draft.errors,
        notes=findings.notes if findings else {},
        warnings=list(findings.warnings) if findings else [],
        config=config,
        corpus=draft.corpus.pk if draft.corpus else None,
        rollouts_per_step=config.rollouts_per_step if config else 0,
        updates_per_step=config.updates_per_step if config else 0,
        kept=KeptOut(scan=kept.scan.pk, positions=kept.positions, of=kept.of) if kept else None,
        disk_bytes=disk.forecast.total if disk else None,
    )


def _experiment(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": experiment.pk,
        "name": experiment.name,
        "corpus": experiment.corpus_id,
        "corpus_name": experiment.corpus.name,
        "preset": experiment.preset,
        "created": experiment.created,
        "runs": [run.pk for run in experiment.runs.all()],
    }
