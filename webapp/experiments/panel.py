"""What stands beside the form: what the settings would do, what is changed, and the same as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from training.contract.batches import Batches, Division
from training.contract.experiment import ExperimentConfig, dump_yaml
from training.contract.memory import MemoryPart
from training.contract.settings.methods import GRPO_KINDS, methods_of
from webapp.corpora.models import Corpus
from webapp.experiments.check import tuning_steps
from webapp.experiments.draft import Draft, proposed_name
from webapp.experiments.estimate import Assumptions, Estimate, estimate_of
from webapp.experiments.fields import OF_THE_CORPUS, SETTINGS, changed, sections, stages, texts_of

_BATCHES = {
    "contexts": ("optimisation.contexts_per_step",),
    "group_size": ("sampling.group_size",),
    "mini_batch": ("optimisation.mini_batch_contexts",),
    "devices": ("resources.nodes", "resources.gpus_per_node"),
    "micro_batch": ("resources.micro_batch_rollouts",),
    "tensor_parallel": ("resources.tensor_parallel",),
}
"""The settings that each number of the batch arithmetic is the product of."""


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of the memory as a length of the bar, in per cent of the whole bar."""

    part: MemoryPart
    words: str
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class MemoryBar:
    """The memory at its largest beside what there is."""

    parts: tuple[BarPart, ...]
    limit: float  # where the bar says that memory ends, in per cent; 100 where the run fits


@dataclass(frozen=True, slots=True)
class DocumentsCut:
    """Only the first documents of the corpus are read."""

    used: int
    all: int


def panel_context(user: Any, draft: Draft, assumptions: Assumptions) -> dict[str, Any]:
    """What the form and its panel are drawn of."""
    base = _base_texts(draft)
    made = sections(draft.texts, base, draft.errors)
    config = draft.config
    steps = tuning_steps(config, draft.corpus) if config else None
    estimate = estimate_of(user, config, steps, assumptions) if config else None
    batches = config.batches if config else batches_of_texts(draft.texts)
    samples = draft.texts.get("method.kind", "rpt") in GRPO_KINDS
    return {
        "draft": draft,
        "stages": stages(made),
        "changed": changed(made),
        "config": config,
        "tuning_steps": steps,
        "cut": documents_cut(config, draft.corpus) if config else None,
        "preset_cut": documents_cut(draft.base.config, draft.corpus),
        "batches": batches if samples else None,
        "divisions": telling_divisions(batches) if batches and samples else (),
        "estimate": estimate,
        "scans_first": _scans_first(draft),
        "memory_bar": memory_bar(estimate) if estimate else None,
        "assumptions": assumptions,
        "yaml": dump_yaml(config) if config else "",
        "problems": [
            (name, SETTINGS[name].title if name in SETTINGS else "", said)
            for name, said in draft.errors.items()
        ],
        "findings": {
            "errors": draft.errors,
            "notes": draft.findings.notes if draft.findings else {},
            "name": proposed_name(draft.base, draft.corpus) if draft.base.preset else "",
        },
    }


def documents_cut(config: ExperimentConfig, corpus: Corpus | None) -> DocumentsCut | None:
    """What `data.max_documents` leaves of the corpus; None where it leaves all, or where the size is not known."""
    report = corpus.typed_report if corpus else None
    most = config.data.max_documents
    return DocumentsCut(most, report.documents) if report and most and most < report.documents else None


def batches_of_texts(texts: Mapping[str, str]) -> Batches | None:
    """The arithmetic of what was typed, also where the schema refuses it; None where a count is none."""
    found: dict[str, int] = {}
    for name, settings in _BATCHES.items():
        product = 1
        for setting in settings:
            text = texts.get(setting, "")
            if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text)):
                return None
            product *= int(text)
        found[name] = product
    return Batches(**found)


def telling_divisions(batches: Batches) -> tuple[Division, ...]:
    """The divisions up to the first with a rest, without those by 1 device, which say nothing."""
    shown: list[Division] = []
    for division in batches.divisions():
        if division.name == "updates" or division.by > 1 or not division.fits:
            shown.append(division)
        if not division.fits:
            break
    return tuple(shown)


def memory_bar(estimate: Estimate) -> MemoryBar:
    """The parts of the peak as lengths: of the memory there is, or of the run's where it is more."""
    peak = estimate.memory.peak
    whole = max(peak.total, estimate.available) or 1
    start, parts = 0.0, []
    for part in peak.parts:
        length = 100 * part.bytes / whole
        parts.append(BarPart(part, memory_words(part), start, length))
        start += length
    return MemoryBar(
        tuple(parts), min(100.0, 100 * estimate.available / whole) if estimate.available else 100.0
    )


def memory_words(part: MemoryPart) -> str:
    """What a part of the memory is."""
    words = {
        "processes": _("Python, PyTorch and Ray"),
        "process": _("Python and PyTorch"),
        "weights": _("weights and Adam, float32"),
        "trainer": _("weights, gradients and Adam, float32"),
        "reference": _("start weights for the KL term"),
        "rollout": _("weights of the rollout, as they come and as they compute"),
        "vllm": _("vLLM: its weights, keys and values"),
        "activations": _("activations of a micro-batch"),
        "kept": _("layer inputs that are kept"),
        "recomputed": _("one layer recomputed"),
        "logits": _("logits of a micro-batch and their gradients"),
    }
    return words[part.name]


def _scans_first(draft: Draft) -> bool:
    """Whether the run would score the corpus before anything else, which no estimate counts."""
    if draft.config is None or draft.config.method.kind not in methods_of("positions", "positions"):
        return False
    kept = draft.findings.kept if draft.findings else None
    return kept is None or not kept.whole


def _base_texts(draft: Draft) -> dict[str, str]:
    """The base's texts; the corpus and its fields are no change, a preset has the name proposed for both."""
    same = {name: draft.texts.get(name, "") for name in ("data.corpus", *OF_THE_CORPUS)}
    if draft.base.preset:
        same["name"] = proposed_name(draft.base, draft.corpus)
    return {**texts_of(draft.base.config), **same}
