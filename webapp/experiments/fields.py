"""The experiment form, made of ExperimentConfig: one field a setting, none written by hand.

Reads posted text into plain data and back; whether the data is a valid experiment is for the schema.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from training.contract.experiment import ExperimentConfig, field_errors, setting_name
from training.contract.reference import Setting, section_title, walk_settings

SETTINGS: dict[str, Setting] = {setting.name: setting for setting in walk_settings()}
OF_THE_CORPUS = (
    "data.text_field",
    "data.join_fields",
    "data.template",
    "method.messages_field",
    "method.prompt_field",
    "method.response_field",
)
"""Settings that the chosen corpus decides; the form shows them and does not ask."""
CHOSEN_ELSEWHERE = ("model.start_from", "method.reference", "positions.pass_rates", "segments.boundaries")
"""Settings that name a run, a probe or a corpus' boundaries: chosen on its pages, kept as a reference, never typed."""
CONVERSATIONS = "cold_start.conversations"
"""Names a corpus: chosen among those that hold conversations."""
STAGES: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("text", _("Text and model"), ("", "data", "model")),
    ("tasks", _("What is asked"), ("positions", "segments", "method", "judge")),
    ("training", _("Training"), ("cold_start", "sampling", "optimisation")),
    ("machine", _("Scores and machine"), ("evaluation", "checkpoints", "resources")),
)
"""The stages of a run in order: name, title, and the sections of the config that say how it is done."""
_AMBIGUOUS = {title for title, many in Counter(one.title for one in SETTINGS.values()).items() if many > 1}
_METHOD = "method.kind"
_MODELS = ("model.name", "positions.proxy")
_NOT_A_NUMBER = ("int_parsing", "float_parsing", "int_from_float")


def telling_section(name: str) -> str:
    """The title of a setting's section where its own says too little: "Cold start" for steps that are not the run's."""
    setting = SETTINGS[name]
    clear = setting.title not in _AMBIGUOUS or setting.section in ("", "optimisation")
    return "" if clear else section_title(setting.section)


@dataclass(frozen=True, slots=True)
class Stage:
    """Sections that stand together on the form."""

    name: str
    title: str
    sections: tuple[Section, ...]

    @property
    def hidden(self) -> bool:
        return all(section.hidden for section in self.sections)


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as the form draws it."""

    setting: Setting
    value: str  # as text, the way it is typed
    was: str  # the preset's value as text
    error: str
    widget: str  # corpus, conversations, fixed, chosen, model, select, check, number, lines or text
    method: str  # the method that is chosen on the form

    @property
    def name(self) -> str:
        return self.setting.name

    @property
    def control(self) -> str:
        """The template that draws what is typed or chosen."""
        return f"experiments/controls/{self.widget}.html"

    @property
    def hidden(self) -> bool:
        """Whether the chosen method has no use for it."""
        return not self.setting.used_by(self.method)

    @property
    def changed(self) -> bool:
        return self.value != self.was and self.widget not in {"corpus", "fixed"} and not self.hidden

    @property
    def lowest(self) -> float | None:
        return self.setting.bounds.get("ge", self.setting.bounds.get("gt"))

    @property
    def highest(self) -> float | None:
        return self.setting.bounds.get("le", self.setting.bounds.get("lt"))


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of one section of the config, those for everybody first."""

    name: str
    title: str
    fields: tuple[Field, ...]

    @property
    def common(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.setting.advanced)

    @property
    def advanced(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.setting.advanced)

    @property
    def anchor(self) -> str:
        """Names it in the address of the page."""
        return f"section-{self.name or 'experiment'}"

    @property
    def changes(self) -> int:
        """How many of its settings differ; the name is expected to."""
        return sum(field.changed for field in self.fields if field.name != "name")

    @property
    def hidden(self) -> bool:
        """Whether the chosen method has no use for any of it."""
        return all(field.hidden for field in self.fields)

    @property
    def advanced_shown(self) -> int:
        """How many advanced ones the chosen method has a use for."""
        return sum(not field.hidden for field in self.advanced)

    @property
    def advanced_hidden(self) -> bool:
        """Whether the chosen method has no use for any advanced one."""
        return all(field.hidden for field in self.advanced)

    @property
    def open(self) -> bool:
        """Whether the advanced fields must be seen: one is changed or wrong."""
        return any(field.changed or field.error for field in self.advanced)


def as_text(value: Any) -> str:
    """A setting's value as it is typed: 0.5, 1e-06, true, `problem, solution`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def texts_of(config: ExperimentConfig) -> dict[str, str]:
    """Every setting of a config as text, by dotted name; those of another method as they are by default."""
    data = config.model_dump(mode="json")
    return {
        name: as_text(_at(data, name) if _applies(name, config.method.kind) else setting.default)
        for name, setting in SETTINGS.items()
    }


def _applies(name: str, method: str) -> bool:
    """Whether a config of this method has the setting at all."""
    return not name.startswith("method.") or SETTINGS[name].used_by(method)


def texts_of_post(post: QueryDict) -> dict[str, str]:
    """What was posted, by dotted name; a checkbox posts `false` and, when checked, `true` after it."""
    return {name: _typed(post.get(name, ""), setting) for name, setting in SETTINGS.items()}


def _typed(text: str, setting: Setting) -> str:
    """A text as the person meant it: browsers send the ends of lines as CR LF."""
    return text.replace("\r\n", "\n") if setting.multiline else text.strip()


def plain_data(texts: Mapping[str, str]) -> dict[str, Any]:
    """Nested data for ExperimentConfig. Numbers stay text: the schema reads them and says what is wrong."""
    data: dict[str, Any] = {}
    method = texts.get(_METHOD, "")
    for name, text in texts.items():
        if not _applies(name, method):
            continue
        *sections, last = name.split(".")
        place = data
        for section in sections:
            place = place.setdefault(section, {})
        if isinstance(SETTINGS[name].default, tuple):
            place[last] = [part.strip() for part in text.split(",") if part.strip()]
        else:
            place[last] = text
    return data


def read_config(texts: Mapping[str, str]) -> tuple[ExperimentConfig | None, dict[str, str]]:
    """The config, or None and what is wrong: {dotted name, "" for the whole: sentence}."""
    try:
        return ExperimentConfig.model_validate(plain_data(texts)), {}
    except ValidationError as error:
        found = field_errors(error)
        for item in error.errors(include_url=False):
            if item["type"] in _NOT_A_NUMBER:
                name = setting_name(item["loc"])
                kind = "a whole number" if item["type"].startswith("int") else "a number"
                found[name] = f"Give {kind}."
        return None, place_errors(found)


def place_errors(found: Mapping[str, str]) -> dict[str, str]:
    """Move a sentence about several settings to the first setting it names, so that it stands beside it."""
    placed: dict[str, str] = {}
    for name, sentence in found.items():
        target = name if name in SETTINGS else _named_in(sentence, name)
        placed[target] = f"{placed[target]} {sentence}" if target in placed else sentence
    return placed


def sections(texts: Mapping[str, str], base: Mapping[str, str], errors: Mapping[str, str]) -> list[Section]:
    """The form's sections in the order of the config."""
    grouped: dict[str, list[Field]] = {}
    method = texts.get(_METHOD, "")
    for name, setting in SETTINGS.items():
        texts_of_it = (texts.get(name, ""), base.get(name, ""), errors.get(name, ""))
        field = Field(setting, *texts_of_it, _widget(setting), method)
        grouped.setdefault(setting.section, []).append(field)
    return [Section(name, section_title(name), tuple(fields)) for name, fields in grouped.items()]


def stages(all_sections: Iterable[Section]) -> list[Stage]:
    """The sections by the stage of a run that they are of."""
    named = {section.name: section for section in all_sections}
    return [Stage(name, title, tuple(named[one] for one in of_it)) for name, title, of_it in STAGES]


def changed(all_sections: Iterable[Section]) -> list[Field]:
    """The fields that differ from the preset; name and corpus are expected to."""
    return [
        field
        for section in all_sections
        for field in section.fields
        if field.changed and field.name != "name"
    ]


def _widget(setting: Setting) -> str:
    if setting.name == "data.corpus":
        return "corpus"
    if setting.name == CONVERSATIONS:
        return "conversations"
    if setting.name in OF_THE_CORPUS:
        return "fixed"
    if setting.name in CHOSEN_ELSEWHERE:
        return "chosen"
    if setting.name in _MODELS:
        return "model"
    if setting.choices:
        return "select"
    if setting.annotation is bool:
        return "check"
    if setting.multiline:
        return "lines"
    return "number" if setting.annotation in (int, float) else "text"


def _named_in(sentence: str, section: str) -> str:
    """The first setting that a sentence names, in full or by its last part within `section`; else ""."""
    for word in re.findall(r"[a-z_0-9]+(?:\.[a-z_0-9]+)*", sentence):
        for name in (word, f"{section}.{word}"):
            if name in SETTINGS:
                return name
    return _METHOD if section == "method" else ""


def _at(data: dict[str, Any], name: str) -> Any:
    value: Any = data
    for part in name.split("."):
        value = value[part]
    return value
