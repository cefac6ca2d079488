"""The settings reference: a Markdown table of every setting, derived from ExperimentConfig.

`python -m training settings` prints it; docs/settings.md holds what it printed, and a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import METHOD_KINDS, METHODS, methods_of

_KIND = "method.kind"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people see it, wherever it is shown."""

    name: str  # dotted: `sampling.temperature`
    section: str  # dotted prefix, "" for the top level
    title: str
    help: str
    unit: str
    advanced: bool
    verl: str  # verl key that takes this very value, or ""
    paper: str
    annotation: Any
    default: Any
    choices: tuple[str, ...]  # of a Literal; empty otherwise
    bounds: dict[str, float]  # ge, gt, le, lt
    multiline: bool  # a text of several lines, kept as it is typed
    methods: tuple[str, ...] = ()  # those that use it; () for all

    def used_by(self, method: str) -> bool:
        """Whether an experiment of this method has a use for it."""
        return not self.methods or method in self.methods


def walk_settings(model: type[BaseModel] = ExperimentConfig, section: str = "") -> Iterator[Setting]:
    """Every setting in the order of declaration; `schema_version` is no setting."""
    for name, field in model.model_fields.items():
        if model is ExperimentConfig and name == "method":
            yield from _method_settings()
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from walk_settings(field.annotation, f"{section}.{name}".lstrip("."))
        elif name != "schema_version":
            yield _setting(f"{section}.{name}".lstrip("."), section, field)


def section_title(section: str) -> str:
    """The heading of a section: the first line of its model's docstring; "Experiment" for the top level."""
    if section == "method":
        return "Method"
    model: type[BaseModel] = ExperimentConfig
    for part in section.split(".") if section else ():
        model = model.model_fields[part].annotation  # type: ignore[assignment]
    return (model.__doc__ or "").strip().splitlines()[0] if section else "Experiment"


def _method_settings() -> Iterator[Setting]:
    """The settings of every method, each once: `kind` with all its choices, then those of each method."""
    found: dict[str, Setting] = {}
    for kind, model in METHODS.items():
        for item in walk_settings(model, "method"):
            known = found.get(item.name)
            found[item.name] = replace(
                item if known is None else known, methods=(*(known.methods if known else ()), kind)
            )
    for item in found.values():
        yield replace(item, choices=METHOD_KINDS, methods=()) if item.name == _KIND else item


def _setting(name: str, section: str, field: FieldInfo) -> Setting:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    literal = get_origin(field.annotation) is Literal
    bounds = {
        bound: value
        for item in field.metadata
        for bound in ("ge", "gt", "le", "lt")
        if (value := getattr(item, bound, None)) is not None
    }
    return Setting(
        name=name,
        section=section,
        title=field.title or name.rsplit(".", 1)[-1].replace("_", " ").capitalize(),
        help=field.description or "",
        unit=str(extra.get("unit", "")),
        advanced=bool(extra.get("advanced", False)),
        verl=str(extra.get("verl", "")),
        paper=str(extra.get("paper", "")),
        methods=methods_of(name, section),
        annotation=field.annotation,
        default=None if field.default is PydanticUndefined else field.default,
        choices=tuple(get_args(field.annotation)) if literal else (),
        bounds=bounds,
        multiline=bool(extra.get("multiline", False)),
    )


def settings_markdown() -> str:
    """The whole reference of an experiment, a table for each section."""
    lines = [
        "# Settings",
        "",
        "Every setting of an experiment, as `ExperimentConfig` declares it. Made by `python -m training settings`.",
        *section_tables(walk_settings(), section_title),
    ]
    return "\n".join(lines) + "\n"


def section_tables(settings: Iterable[Setting], title: Callable[[str], str]) -> Iterator[str]:
    """The lines of a table for each section; `title` gives the heading of one."""
    section = None
    for item in settings:
        if item.section != section:
            section = item.section
            yield from (
                "",
                f"## {title(section)}",
                "",
                "| setting | default | what it does |",
                "|---|---|---|",
            )
        yield _row(item)


def _row(item: Setting) -> str:
    default = json.dumps(list(item.default) if isinstance(item.default, tuple) else item.default)
    notes = [item.help]
    if item.methods:
        notes.append(f"Only with {', '.join(f'`{method}`' for method in item.methods)}.")
    if item.choices:
        notes.append("One of " + ", ".join(f"`{choice}`" for choice in item.choices) + ".")
    if item.paper:
        notes.append(f"({item.paper})")
    if item.verl:
        notes.append(f"verl: `{item.verl}`.")
    value = f"`{default}`" + (f" {item.unit}" if item.unit else "")
    return f"| `{item.name}` | {value} | {' '.join(notes)} |"
