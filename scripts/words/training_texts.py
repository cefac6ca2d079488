"""Texts of training and of services that pages show: settings, metrics, presets, errors, sentences.

They are English where they stand, since logs, the database and the API hold them; a page translates them
when it shows them (webapp/words/sentences.py). A value in a text stands as `{name}` in the catalogue.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from pydantic import BaseModel

from scripts.words.text import ROOT, Text, relative
from training.contract.events import STAGE_LABELS
from training.contract.experiment import ExperimentConfig
from training.contract.metrics import CATALOGUE as METRICS
from training.contract.model_names import CATALOGUE as MODELS
from training.contract.preparation import PreparationConfig
from training.contract.presets import PRESETS
from training.contract.reference import section_title, walk_settings
from webapp.words.sentences import LITERAL, PLACE

_RAISED = {"ForesightError", "ValueError", "bad_corpus"}
_SPOKEN = (
    "training/contract/probe_words.py",
    "training/contract/selection.py",
    "training/preparation/decontamination.py",
    "training/preparation/detectors.py",
    "training/preparation/near_duplicates.py",
    "training/preparation/personal_data.py",
    "training/preparation/quality_model.py",
    "training/preparation/quality_rules.py",
    "webapp/corpora/model_choices.py",
    "webapp/corpora/services/check.py",
    "webapp/experiments/check.py",
    "webapp/experiments/problems.py",
    "webapp/experiments/submitted.py",
    "webapp/jobs/outcome.py",
    "webapp/live/snapshot.py",
    "webapp/notifications/messages.py",
    "webapp/notifications/outbound.py",
    "webapp/notifications/watch.py",
    "webapp/probes/projection.py",
    "webapp/runs/references.py",
    "webapp/runs/services/bulk.py",
    "webapp/runs/supervised_verdict.py",
    "webapp/runs/verdict.py",
    "webapp/segments/boundaries.py",
    "webapp/trajectories/glyphs.py",
    "webapp/trajectories/graded.py",
    "webapp/trajectories/listing.py",
    "webapp/trajectories/reasons.py",
    "webapp/trajectories/ruler.py",
    "webapp/trajectories/rules.py",
    "webapp/trajectories/what_if.py",
)
"""Files whose every sentence is shown, and that speak English: the API and the database have their words too."""
_INSIDE = (
    *(
        "run",
        "runs",
        "hit",
        "right",
        "mismatch",
        "truncated",
        "above",
        "band",
        "threshold",
        "rollouts at each position",
    ),
    *("easy", "medium", "hard", "positions", "tasks", "problems", "segments", "documents", "conversations"),
    *(
        "Groups at {band}: {share} mixed; {others}",
        "Probed after the {steps} cold-start steps that GRPO would begin with.",
    ),
)
"""Words that stand inside sentences as values."""
_OF_PYDANTIC = (
    "Field required",
    "Extra inputs are not permitted",
    "Input should be greater than {bound}",
    "Input should be greater than or equal to {bound}",
    "Input should be less than {bound}",
    "Input should be less than or equal to {bound}",
    "Input should be {choices}",
    "Input should be a valid string",
    "Input should be a valid number",
    "Input should be a valid boolean",
    "Input should be a valid boolean, unable to interpret input",
)
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,:]? [^/]*\w|[%}] [A-Za-z]{2}|^[A-Z][a-z]+$")
_CODE = re.compile(r"[\\*]|^\S+\.\S+$")


def of_training() -> Iterator[Text]:
    yield from _settings()
    for metric in METRICS.values():
        yield from _named("training/contract/metrics.py", metric.label, metric.formula, metric.unit)
    for preset in PRESETS.values():
        yield from _named("training/contract/presets.py", preset.title, preset.help)
    for model in MODELS.values():
        yield from _named("training/contract/model_names.py", model.help)
    yield from _named("training/contract/events.py", *STAGE_LABELS.values())
    for folder in ("training", "webapp"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _raised(path)
    yield from stage_details()
    for name in _SPOKEN:
        yield from _sentences(ROOT / name)
    yield from _named("training/contract/experiment.py", *_OF_PYDANTIC, *_INSIDE)


def _named(file: str, *texts: str) -> Iterator[Text]:
    for text in texts:
        if text and re.search("[A-Za-z]{2}", text):
            yield Text(text, file=file)


def _settings() -> Iterator[Text]:
    for model in (ExperimentConfig, PreparationConfig):
        for item in walk_settings(model):
            yield from _named("training/contract/settings", item.title, item.help, item.unit)
            if model is ExperimentConfig:
                yield from _named("training/contract/settings", section_title(item.section))
        yield from _sections(model)


def _sections(model: type[BaseModel]) -> Iterator[Text]:
    """The first line of the docstring of each section: its heading."""
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _named("training/contract/settings", (part.__doc__ or "").strip().split("\n")[0])
                yield from _sections(part)


def _raised(path: Path) -> Iterator[Text]:
    """Message and remedy of each error that is raised; a plain ValueError only where pydantic shows it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in _RAISED or (node.func.id == "ValueError" and "contract" not in path.parts):
            continue
        arguments = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "remedy")]
        for argument in arguments:
            named = constants.get(argument.id) if isinstance(argument, ast.Name) else None
            for text in _patterns(named or argument):
                yield Text(text, file=relative(path))


def stage_details() -> Iterator[Text]:
    """What the stages of training say of themselves: each call of `detail`, and the properties `words` it is given."""
    for path in sorted((ROOT / "training").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "detail":
                said = node.args[:1]
            elif isinstance(node, ast.FunctionDef) and node.name == "words":
                said = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
            else:
                continue
            for text in (text for expression in said for text in _patterns(expression)):
                yield Text(text, file=relative(path))


def _sentences(path: Path) -> Iterator[Text]:
    """Every sentence of a file, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        for child in (
            [node.value]
            if isinstance(node, ast.Expr)
            else list(ast.walk(node))[1:]
            if isinstance(node, ast.JoinedStr | ast.FormattedValue)
            else []
        )
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in skipped:
            for text in _patterns(node):
                if _SENTENCE.search(text) and not _CODE.search(text):
                    yield Text(_continued(text), file=relative(path))


def _continued(text: str) -> str:
    """A piece that goes on a sentence (`; the rise is ...`) as a pattern with what comes before it as a value."""
    return "{before}" + text.rstrip() if text.startswith((", ", "; ")) else text.strip()


def _patterns(node: ast.expr) -> Iterator[str]:
    """The texts an expression can be, values as places: f"no {x.name}" is `no {name}`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search("[A-Za-z]{2}", node.value):
            yield node.value.replace("{}", "{value}", 1)
    elif isinstance(node, ast.IfExp):
        yield from _patterns(node.body)
        yield from _patterns(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        text = _pattern(node)
        if sum(map(str.isalpha, PLACE.sub("", text))) >= LITERAL:
            yield text
        for value in node.values:  # a choice of words inside a sentence
            if isinstance(value, ast.FormattedValue) and isinstance(value.value, ast.IfExp):
                yield from _patterns(value.value)


def _pattern(node: ast.JoinedStr) -> str:
    names: dict[str, str] = {}
    parts = []
    for value in node.values:
        if isinstance(value, ast.Constant):
            parts.append(str(value.value))
        elif isinstance(value, ast.FormattedValue):
            code = ast.unparse(value.value)
            parts.append("{" + names.setdefault(code, _place(value.value, set(names.values()))) + "}")
    return "".join(parts)


def _place(node: ast.expr, taken: set[str]) -> str:
    """A name for a value: that of the variable or attribute where it has one."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        node = node.func.value
    name = (
        node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else "value"
    )
    name = name.strip("_").lower()
    return (
        name if name not in taken else next(f"{name}{n}" for n in range(2, 99) if f"{name}{n}" not in taken)
    )
