"""A draft: the texts of the form, where it started from, and everything that is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.presets import PRESETS
from training.contract.settings.methods import GRPO_KINDS
from webapp.corpora.models import Corpus
from webapp.corpora.references import find_conversations
from webapp.corpora.services.arithmetic import ensure_arithmetic
from webapp.experiments.check import Findings, examine, wanted_kind
from webapp.experiments.fields import CONVERSATIONS, read_config, texts_of
from webapp.experiments.models import Experiment
from webapp.experiments.starting_points import find_own
from webapp.runs.references import reference_errors

FIRST_PRESET = "demo-cpu"
BASE = "base"
"""In the address, as what to start from: the model's own weights."""
LONGEST_NAME = 120
_FROM_ADDRESS = {
    "model": "positions.proxy",
    "selection": "positions.selection",
    "threshold": "positions.threshold",
    "upper_threshold": "positions.upper_threshold",
    "share": "positions.share",
    "boundaries": "segments.boundaries",
}
"""What the address of the form may fill in, as the pages of scans, probes and segments link to it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a draft is compared with: a preset or an earlier experiment."""

    key: str  # preset:demo-cpu or experiment:12
    label: str
    title: str  # of a preset in words
    config: ExperimentConfig
    help: str = ""
    own: int = 0  # the number of a preset of the user's own

    @property
    def own_name(self) -> str:
        return self.label if self.own else ""

    @property
    def own_help(self) -> str:
        return self.help if self.own else ""

    @property
    def experiment(self) -> int:
        """The number of the earlier experiment; 0 for a preset."""
        return int(self.key.removeprefix("experiment:")) if self.key.startswith("experiment:") else 0

    @property
    def preset(self) -> str:
        return self.key.removeprefix("preset:") if self.key.startswith("preset:") else ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The texts and the verdict on them."""

    base: Base
    texts: dict[str, str]  # dotted name -> text; data.corpus holds the corpus' number
    corpus: Corpus | None
    config: ExperimentConfig | None  # None while the schema refuses the texts
    errors: dict[str, str]
    findings: Findings | None

    @property
    def valid(self) -> bool:
        return self.config is not None and not self.errors


def base_of(user: Any, key: str) -> Base:
    """The base with this key; an unknown one becomes the first preset."""
    kind, _, name = key.partition(":")
    if kind == "experiment" and name.isdecimal():
        experiment = Experiment.objects.filter(owner=user, pk=int(name)).first()
        if experiment:
            return Base(key, experiment.name, experiment.name, experiment.typed)
    own = find_own(user, name) if kind == "preset" else None
    if own:
        return Base(f"preset:{own.name}", own.name, own.name, own.typed, own.help, own.pk)
    preset = PRESETS.get(name if kind == "preset" else "", PRESETS[FIRST_PRESET])
    return Base(f"preset:{preset.name}", preset.name, preset.title, preset.config, preset.help)


def new_texts(user: Any, base: Base, query: QueryDict) -> dict[str, str]:
    """The form as it opens: the base, and what the address fills in (corpus, model, selection)."""
    texts = texts_of(base.config)
    texts["data.corpus"] = _corpus_number(user, base, query.get("corpus", ""))
    for part, name in _FROM_ADDRESS.items():
        if query.get(part):
            texts[name] = query[part]
    if texts["positions.proxy"] == texts["model.name"]:
        texts["positions.proxy"] = ""  # empty means the policy itself
    if query.get("start"):
        start = "" if query["start"] == BASE else query["start"]
        texts |= {"model.start_from": start, "method.reference": ""}
        # Weights that were taught an answer's form need no cold start; before RLVR it was another form.
        if base.config.method.kind != "rlvr":
            texts |= {"cold_start.steps": "0", CONVERSATIONS: ""}
    number = texts["data.corpus"]
    texts["name"] = proposed_name(base, Corpus.objects.filter(pk=int(number)).first() if number else None)
    return texts


def proposed_name(base: Base, corpus: Corpus | None) -> str:
    """What a run is called unless somebody says better: its corpus and its preset, or whose copy it is."""
    if base.experiment:
        return f"{base.config.name} copy"[:LONGEST_NAME]
    return (f"{corpus.name}, {base.title}" if corpus else base.title)[:LONGEST_NAME]


def make_draft(user: Any, base: Base, texts: Mapping[str, str]) -> Draft:
    """Read the texts and say what is wrong with them and what they would do."""
    texts = dict(texts)
    number = texts.get("data.corpus", "")
    corpus = (
        Corpus.objects.owned_by(user).ready().filter(pk=int(number)).first() if number.isdecimal() else None
    )
    if corpus:
        texts |= {"data.text_field": corpus.text_field, "data.join_fields": ", ".join(corpus.join_fields)}
        texts["data.template"] = corpus.template
        texts |= {f"method.{name}": field for name, field in corpus.message_fields.items()}
    config, errors = read_config({**texts, "data.corpus": corpus.name if corpus else "none"})
    findings = examine(config, corpus) if config else None
    if config and findings:
        errors = {**lost_references(config, user), **findings.errors}
    elif corpus is None:
        errors = {**errors, "data.corpus": "Choose a corpus that has passed its check."}
    return Draft(base, texts, corpus, config, errors, findings)


def texts_of_import(user: Any, config: ExperimentConfig) -> dict[str, str]:
    """The form's texts for an imported config; its corpus is found by name among the user's."""
    named = fitting(user, config.method.kind)
    wanted = config.data.corpus
    match = named.samples().first() if wanted == "sample" else named.filter(name=wanted).first()
    return {**texts_of(config), "data.corpus": str(match.pk) if match else ""}


def fitting(user: Any, method: str) -> Any:
    """The user's checked corpora that hold what the method trains on; the built-in problems among them."""
    if method == "rlvr":
        ensure_arithmetic(user)
    return Corpus.objects.owned_by(user).ready().filter(kind=wanted_kind(method))


def lost_references(config: ExperimentConfig, user: Any) -> dict[str, str]:
    """What is wrong with the runs, checkpoints and conversations that the config refers to."""
    found = reference_errors(config, user)
    try:
        if config.cold_start.conversations and config.method.kind in GRPO_KINDS:
            find_conversations(user, config.cold_start.conversations)
    except ForesightError as error:
        found[error.field] = f"{error.message} {error.remedy}"
    return found


def _corpus_number(user: Any, base: Base, wanted: str) -> str:
    """The corpus the address names, else the base's, else the only sensible first choice: the sample."""
    if wanted.isdecimal() and Corpus.objects.owned_by(user).ready().filter(pk=int(wanted)).exists():
        return wanted
    ready = fitting(user, base.config.method.kind)
    named = ready.filter(name=base.config.data.corpus).first() or ready.samples().first() or ready.first()
    return str(named.pk) if named else ""
