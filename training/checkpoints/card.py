"""The model card that lies beside the weights of a checkpoint: what they are, and how they came to be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from training.checkpoints.origin import UNSTATED, Origin
from training.contract.experiment import ExperimentConfig, dump_yaml
from training.contract.metrics import CATALOGUE
from training.contract.settings.methods import GRPO_KINDS

CARD = "README.md"
_METHODS = {
    "rpt": "next-token reasoning (RPT, arXiv 2506.08007): GRPO with a prefix-matching reward",
    "rlpt": "next-segment reasoning (RLPT, arXiv 2509.19249): GRPO with a judge's reward",
    "rlvr": "verifiable rewards (RLVR): GRPO on problems whose answers can be checked",
    "sft": "instruction tuning: supervised training on conversations, of which the assistant's tokens are learnt",
    "ntp": "supervised next-token training, the compute-matched control of an RPT run",
}
_ROWS = {"sft": "conversations", "rlvr": "problems"}
_SCORED = ("reward/", "baseline/", "format/", "eval/", "control/", "sft/")
_CATALOGUE_LICENCES = {"Apache-2.0": "apache-2.0"}  # as model hubs spell them


def model_card(
    config: ExperimentConfig, origin: Origin, step: int, values: Mapping[str, float | None]
) -> str:
    """The card as Markdown, with the front matter that model hubs read.

    Args:
        config: the experiment; paths in it are cut to their names.
        origin: base model, start weights and data.
        step: steps done.
        values: the metrics of that step, by key; those that score the weights are listed.
    """
    return "\n".join(
        [
            *_front(origin),
            f"# {config.name}, step {step}",
            "",
            f"Trained by {_METHODS[config.method.kind]}.",
            "",
            *_facts(config, origin, step),
            "",
            *_scores(step, values),
            "## Use",
            "",
            "```python",
            "from transformers import AutoModelForCausalLM, AutoTokenizer",
            "",
            'folder = "."  # where this file lies',
            "model = AutoModelForCausalLM.from_pretrained(folder)",
            "tokenizer = AutoTokenizer.from_pretrained(folder)",
            "```",
            "",
            "## Settings",
            "",
            "```yaml",
            dump_yaml(_without_paths(config)).rstrip(),
            "```",
            "",
        ]
    )


def _front(origin: Origin) -> list[str]:
    licence = _CATALOGUE_LICENCES.get(origin.licence, origin.licence)
    stated = [] if licence == UNSTATED else [f"license: {licence}"]
    return [
        "---",
        *stated,
        f"base_model: {origin.model}",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "---",
    ]


def _facts(config: ExperimentConfig, origin: Origin, step: int) -> list[str]:
    start = f"`{_checkpoint_name(origin.start_from)}`, step {origin.start_step}" if origin.start_from else ""
    cold = config.cold_start.steps if config.method.kind in GRPO_KINDS else 0
    unit = _ROWS.get(config.method.kind, "documents")
    rows = {
        "Base model": f"`{origin.model}`",
        "Starts from": start or "the base model's own weights",
        "Start weights, SHA-256": f"`{origin.weights_sha256}`",
        "Steps": f"{step} of {config.optimisation.steps}" + (f", after {cold} of cold start" if cold else ""),
        "Data": f"{origin.corpus}, {origin.documents} {unit}",
        "Data, SHA-256": f"`{origin.documents_sha256}`",
        "Licence of the base model": origin.licence,
    }
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def _scores(step: int, values: Mapping[str, float | None]) -> list[str]:
    known = {key: value for key, value in values.items() if value is not None and key.startswith(_SCORED)}
    if not known:
        return []
    rows = []
    order = {key: place for place, key in enumerate(CATALOGUE)}  # easy before hard
    for key, value in sorted(known.items(), key=lambda item: (order.get(item[0], len(order)), item[0])):
        metric = CATALOGUE.get(key)
        label, formula = (metric.label, metric.formula) if metric else (key, "")
        rows.append(f"| {label} | {value:.4g} | {formula} |")
    return [
        "## Scores",
        "",
        f"Measured in training at step {step}, on that step's contexts unless the row says otherwise.",
        "",
        "| | | what is counted |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _without_paths(config: ExperimentConfig) -> ExperimentConfig:
    """The settings as they may be shown to anybody: names in place of this machine's folders."""
    data = config.data.model_copy(update={"corpus": PurePath(config.data.corpus).name})
    start = config.model.start_from
    model = config.model.model_copy(update={"start_from": _checkpoint_name(start) if start else ""})
    conversations = PurePath(config.cold_start.conversations).name
    cold_start = config.cold_start.model_copy(update={"conversations": conversations})
    changes = {"data": data, "model": model, "cold_start": cold_start}
    if config.method.kind == "ntp" and config.method.reference:
        name = PurePath(config.method.reference).name
        return config.model_copy(
            update={**changes, "method": config.method.model_copy(update={"reference": name})}
        )
    return config.model_copy(update=changes)


def _checkpoint_name(path: str) -> str:
    """`<run>/checkpoints/step_000015`: the last three parts of the path."""
    return "/".join(PurePath(path).parts[-3:])
