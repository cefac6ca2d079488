"""The prompt templates."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import get_args

import pytest

import training.prompts.registry as registry
from training.contract.errors import ForesightError
from training.contract.settings.method import PromptName, RptConfig

RPT_FILE = Path(registry.__file__).with_name("rpt_prompts.json")


def test_templates_are_those_of_the_schema_each_with_one_placeholder() -> None:
    assert {*registry.names(), "custom"} == set(get_args(PromptName))
    assert all(registry.template(name).count("{prompt_content}") == 1 for name in registry.names())


def test_rpt_file_is_unchanged_byte_for_byte() -> None:
    assert (
        hashlib.sha256(RPT_FILE.read_bytes()).hexdigest()
        == "51e3e743b743a979c3793063398e00748885c244db52a15b5f1df467a5c283b5"
    )
    assert registry.template("v0") == json.loads(RPT_FILE.read_text("utf-8"))["templates"]["v0"]


def test_template_of_an_experiment_is_its_own_text_or_the_named_one() -> None:
    own = "Go on:\n{prompt_content}\n"
    assert registry.template_of(RptConfig(prompt="custom", custom_prompt=own)) == own
    assert registry.template_of(RptConfig(prompt="v3", custom_prompt="left over")) == registry.template("v3")


def test_template_unknown_names_the_known_ones() -> None:
    with pytest.raises(ForesightError, match="v0, v1, v2, v3, v4, v5, v6, short"):
        registry.template("v7")
