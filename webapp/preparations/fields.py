"""The form of a preparation, made of PreparationConfig as the experiment's is of ExperimentConfig.

The corpus decides where its text comes from and how; the evaluation sets are other corpora, by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import ValidationError

from training.contract.experiment import setting_name
from training.contract.preparation import (
    PreparationConfig,
    preparation_errors,
    preparation_settings,
    stage_title,
)
from training.contract.reference import Setting
from webapp.experiments.fields import Field, Section, as_text

AGAINST = "decontamination.against"
"""Chosen from a list: its text is the corpora's numbers."""
_MODEL = "quality_model.model"
_TOGGLE = ".enabled"
SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in preparation_settings()
    if setting.section != "data" or setting.name == "data.max_documents"
}
_NOT_A_NUMBER = {
    "int_parsing": gettext_noop("a whole number"),
    "int_from_float": gettext_noop("a whole number"),
    "float_parsing": "a number",
}


@dataclass(frozen=True, slots=True)
class StageForm:
    """The settings of one stage, and the one that turns it on; None for what is no stage."""

    section: Section
    toggle: Field | None


def default_texts() -> dict[str, str]:
    """Every setting as text, as it is by default."""
    return {name: _text(setting, setting.default) for name, setting in SETTINGS.items()}


def texts_of(config: PreparationConfig) -> dict[str, str]:
    """The settings of an earlier preparation as text; its sets are not among them."""
    data = config.model_dump(mode="json")
    found = {}
    for name, setting in SETTINGS.items():
        section, _, last = name.partition(".")
        found[name] = "" if name == AGAINST else _text(setting, data[section][last])
    return found


def texts_of_post(post: QueryDict) -> dict[str, str]:
    """What was posted; a checkbox posts `false` and, when checked, `true` after it."""
    texts = {
        name: post.get(name, "").replace("\r\n", "\n") if setting.multiline else post.get(name, "").strip()
        for name, setting in SETTINGS.items()
    }
    return {**texts, AGAINST: ", ".join(post.getlist(AGAINST))}


def plain_data(texts: Mapping[str, str]) -> dict[str, Any]:
    """Nested data for PreparationConfig, without corpus and sets. Numbers stay text: the schema reads them."""
    data: dict[str, Any] = {}
    for name, text in texts.items():
        section, _, last = name.partition(".")
        if name == AGAINST:
            continue
        lines = isinstance(SETTINGS[name].default, tuple)
        value = [line.strip() for line in text.splitlines() if line.strip()] if lines else text
        data.setdefault(section, {})[last] = value
    return data


def errors_of(error: ValidationError) -> dict[str, str]:
    """{setting name: sentence}; what concerns several settings stands at the first one it names."""
    found = preparation_errors(error)
    for item in error.errors(include_url=False):
        if item["type"] in _NOT_A_NUMBER:
            found[setting_name(item["loc"])] = _("Give {what}.").format(what=_(_NOT_A_NUMBER[item["type"]]))
    return {_placed(name, sentence): sentence for name, sentence in found.items()}


def stage_forms(texts: Mapping[str, str], errors: Mapping[str, str]) -> list[StageForm]:
    """The form's sections in the order of the stages, the text first."""
    base = default_texts()
    grouped: dict[str, list[Field]] = {}
    for name, setting in SETTINGS.items():
        texts_of_it = (texts.get(name, ""), base[name], errors.get(name, ""))
        field = Field(setting, *texts_of_it, _widget(setting), method="")
        grouped.setdefault(setting.section, []).append(field)
    return [
        StageForm(
            Section(name, stage_title(name), tuple(one for one in fields if not one.name.endswith(_TOGGLE))),
            next((one for one in fields if one.name.endswith(_TOGGLE)), None),
        )
        for name, fields in grouped.items()
    ]


def _text(setting: Setting, value: Any) -> str:
    """As it is typed: of several lines one a line."""
    if setting.name == AGAINST:
        return ""
    return "\n".join(value) if isinstance(value, list | tuple) else as_text(value)


def _widget(setting: Setting) -> str:
    if setting.name == AGAINST:
        return "sets"
    if setting.name == _MODEL:
        return "model"
    if setting.choices:
        return "select"
    if setting.annotation is bool:
        return "check"
    if setting.multiline:
        return "lines"
    return "number" if setting.annotation in (int, float) else "text"


def _placed(name: str, sentence: str) -> str:
    """The setting beside which a sentence stands: a section's at the first of its settings that it names."""
    if name in SETTINGS:
        return name
    words = sentence.replace("(", " ").replace(":", " ").split()
    return next((f"{name}.{word}" for word in words if f"{name}.{word}" in SETTINGS), name)
