"""A corpus as arguments of `python -m training documents` and `score`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def corpus_arguments(data: Mapping[str, Any]) -> list[str]:
    """The options that name a corpus and its fields; `data` is `source_data` or `training_data` of it."""
    arguments = ["--corpus", data["corpus"], "--text-field", data["text_field"]]
    if data["join_fields"]:
        arguments += ["--join-fields", ",".join(data["join_fields"])]
    if data["template"]:
        arguments.append(f"--template={data['template']}")  # in one: it may begin with a dash
    return arguments


def kind_arguments(kind: str, fields: Mapping[str, str]) -> list[str]:
    """The options of `documents` that say what the rows hold; `fields` is `message_fields` of the corpus."""
    named = [(f"--{name.replace('_', '-')}", field) for name, field in fields.items()]
    return ["--kind", kind, *(word for option in named for word in option)]
