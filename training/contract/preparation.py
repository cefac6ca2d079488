"""PreparationConfig: every setting of preparing a corpus, declared once; YAML in and out.

The command, the web form and the settings reference are derived from it, as an experiment's are from
ExperimentConfig. Each stage has a section of its own name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from training.contract.errors import ForesightError
from training.contract.experiment import field_errors
from training.contract.preparation_quality import QualityModelConfig, QualityRulesConfig
from training.contract.preparation_settings import (
    DecontaminationConfig,
    NearDuplicatesConfig,
    PersonalDataConfig,
)
from training.contract.reference import Setting, section_tables, walk_settings
from training.contract.settings.base import Section
from training.contract.settings.text import SourceConfig

CONFIG_FILE = "prepare.yaml"
STAGES: dict[str, str] = {
    "near_duplicates": "Near-duplicates",
    "personal_data": "Personal data",
    "decontamination": "Decontamination",
    "quality_rules": "Quality rules",
    "quality_model": "Quality by a model",
}
"""The stages in their order, each the name of its section, and what people call them."""


class PreparationConfig(Section):
    """What is done to a corpus before it is trained on."""

    schema_version: Literal[1] = Field(1, description="Version of this schema.")
    data: SourceConfig = SourceConfig()
    near_duplicates: NearDuplicatesConfig = NearDuplicatesConfig()
    personal_data: PersonalDataConfig = PersonalDataConfig()
    decontamination: DecontaminationConfig = DecontaminationConfig()
    quality_rules: QualityRulesConfig = QualityRulesConfig()
    quality_model: QualityModelConfig = QualityModelConfig()


def preparation_settings() -> tuple[Setting, ...]:
    """Every setting in the order of declaration; none belongs to a training method."""
    return tuple(replace(item, methods=()) for item in walk_settings(PreparationConfig))


def stage_title(section: str) -> str:
    """The heading of a section of settings."""
    return STAGES.get(section, "Text")


def preparation_markdown() -> str:
    """The reference of these settings, a table for each section."""
    lines = [
        "# Preparing a corpus",
        "",
        "Every setting of `python -m training prepare`, as `PreparationConfig` declares it.",
        *section_tables(preparation_settings(), stage_title),
    ]
    return "\n".join(lines) + "\n"


def preparation_errors(error: ValidationError) -> dict[str, str]:
    """Pydantic's findings as {dotted setting name: sentence}; those of one set are the list's."""
    found: dict[str, str] = {}
    for name, sentence in field_errors(error).items():
        whole, dot, rest = name.partition("decontamination.against.")
        place = f"{whole}decontamination.against" if dot else name
        said = f"Set {int(rest.split('.')[0]) + 1}: {sentence}" if dot else sentence
        found[place] = f"{found[place]} {said}" if place in found else said
    return found


def parse_preparation(data: object) -> PreparationConfig:
    """Build a config from plain data, or raise ForesightError that names the first setting at fault."""
    try:
        return PreparationConfig.model_validate(data)
    except ValidationError as error:
        name, message = next(iter(preparation_errors(error).items()))
        raise ForesightError(message, field=name) from error


def load_preparation(path: Path) -> PreparationConfig:
    """Read and parse a preparation file. Raises ForesightError."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ForesightError(
            f"There is no preparation file {path}.", field="config", remedy="Name an existing YAML file."
        ) from error
    except yaml.YAMLError as error:
        raise ForesightError(
            f"The preparation file is not valid YAML: {error}", remedy="Correct the line it names."
        ) from error
    if not isinstance(data, dict):
        raise ForesightError(
            "The preparation file holds no settings.",
            remedy="Start from `python -m training prepare --show-config`.",
        )
    return parse_preparation(data)


def dump_preparation(config: PreparationConfig) -> str:
    """The settings as YAML, every one written out; reading it gives the same config back."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
