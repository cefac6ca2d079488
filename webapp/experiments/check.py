"""Checks a draft of an experiment against what is on this machine, and says what it would do.

The schema has said yes or no before; here come the corpus, the models, the scan and plain arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.model_names import CATALOGUE
from training.contract.settings.answers import SftConfig
from training.contract.settings.methods import GRPO_KINDS, methods_of
from training.contract.settings.text import PositionsConfig
from webapp.corpora.model_choices import find_model
from webapp.corpora.models import CONVERSATIONS, DOCUMENTS, Corpus
from webapp.experiments.disk import DiskNeed, disk_need
from webapp.experiments.kept import Kept, kept_by
from webapp.experiments.pass_rates import with_probe_file
from webapp.experiments.problems import problem_errors, problem_notes
from webapp.segments.boundaries import FIELD as BOUNDARIES
from webapp.segments.boundaries import boundaries_error
from webapp.templatetags.foresight import file_size

_NVIDIA = Path("/dev/nvidiactl")


@dataclass(frozen=True, slots=True)
class Findings:
    """What is to be said of a valid config on this machine."""

    errors: dict[str, str]
    notes: dict[str, str]  # beside a field: not wrong, good to know
    warnings: tuple[str, ...]
    kept: Kept | None
    disk: DiskNeed | None  # None for a model whose size is not known


def examine(config: ExperimentConfig, corpus: Corpus | None) -> Findings:
    """Look at models, corpus and scan. Reads files, starts nothing."""
    errors: dict[str, str] = {}
    notes: dict[str, str] = {}
    if corpus is None:
        errors["data.corpus"] = "Choose a corpus that has passed its check."
    elif corpus.kind != (wanted := wanted_kind(config.method.kind)):
        errors["data.corpus"] = f"{corpus.name} holds {corpus.kind}. Choose a corpus of {wanted}."
    for name, model in (("model.name", config.model.name), ("positions.proxy", config.positions.proxy)):
        finding = find_model(model) if model else None
        if finding and finding.error:
            errors[name] = finding.error
        elif finding and finding.note:
            notes[name] = finding.note
    if config.steps_known is None:
        notes["optimisation.steps"] = "Not used: the epochs decide how many steps there are."
    notes |= problem_notes(config, corpus)
    errors |= problem_errors(config, corpus)
    found = None
    selects = config.method.kind in methods_of("positions.selection", "positions")
    try:
        found = kept_by(with_probe_file(config, corpus.owner), corpus) if corpus and selects else None
    except ForesightError as error:
        errors[error.field] = f"{error.message} {error.remedy}"
    if found and found.positions == 0 and found.covered == found.trained:
        errors["positions.threshold"] = _none_kept(config.positions, found)
    if wrong := boundaries_error(config, corpus):
        errors[BOUNDARIES] = wrong
    disk = disk_need(config)
    return Findings(errors, notes, tuple(_warnings(config, found, disk)), found, disk)


def wanted_kind(method: str) -> str:
    """What a corpus must hold for the method to train on it."""
    return CONVERSATIONS if method == "sft" else DOCUMENTS


def tuning_steps(config: ExperimentConfig, corpus: Corpus | None) -> int | None:
    """At most so many steps instruction tuning takes; None where that is not known.

    Conversations that turn out to be too long are left out, and the steps then fewer.
    """
    if not isinstance(config.method, SftConfig) or config.steps_known is not None:
        return config.steps_known
    report = corpus.typed_report if corpus else None
    if report is None:
        return None
    most = min(report.documents, config.data.max_documents or report.documents)
    learnt = max(0, most - config.data.held_out_documents)
    return config.method.epochs * -(-learnt // config.optimisation.contexts_per_step)


def _none_kept(positions: PositionsConfig, found: Kept) -> str:
    highest = found.scan.summary["highest_entropy"]
    if positions.selection == "pass_rate":
        return "The probe measured no usable position with such a pass rate. Widen the pass rates."
    which, remedy = ("band", "Widen it.") if positions.selection == "band" else ("threshold", "Lower it.")
    return (
        f"The {which} keeps none of the {found.of:,} positions of the scan; the highest entropy there "
        f"is {highest:.2f} nats. {remedy}"
    )


def _warnings(config: ExperimentConfig, found: Kept | None, disk: DiskNeed | None) -> list[str]:
    said = []
    if disk and not disk.fits:
        said.append(
            f"The run may take {file_size(disk.forecast.total)} of disk and {file_size(disk.free)} are "
            "free: it would stop when the disk is full. Keep fewer checkpoints, or free some space."
        )
    contexts = config.optimisation.steps * config.optimisation.contexts_per_step
    if found and 0 < found.positions < contexts:
        said.append(
            f"The run asks for {contexts:,} contexts and the scan keeps {found.positions:,} positions: "
            f"each is used {contexts / found.positions:.1f} times."
        )
    samples = config.method.kind in GRPO_KINDS
    if samples and config.updates_per_step > 1:
        said.append(
            f"{config.updates_per_step} updates per step: from the second on the rollouts are off-policy."
        )
    if (
        samples
        and config.cold_start.steps == 0
        and config.model.name in CATALOGUE
        and not config.model.start_from
    ):
        said.append(
            "No cold start: a model this small never writes a box on its own, and every reward would be 0."
        )
    if config.resources.device == "cuda" and not _NVIDIA.exists():
        said.append("This machine has no NVIDIA device: a run with device cuda would fail here.")
    if config.data.held_out_documents and config.data.max_documents:
        left = config.data.max_documents - config.data.held_out_documents
        if left <= 0:
            said.append("Every document would be held out: none is left to train on.")
    return said
