"""How the named fields of a row become the text of one document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.contract.settings.text import PLACEHOLDER, SourceConfig
from training.corpus.refuse import bad_corpus


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a corpus file."""

    place: str  # where it stands, for messages: "line 17" or "row 17"
    values: Mapping[str, Any]  # by the field's name


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A template, or fields joined by a blank line; one field is joined to nothing."""

    fields: tuple[str, ...]  # the fields the text is taken from, in order
    template: str  # with each field's name in braces, or ""

    @classmethod
    def of(cls, data: SourceConfig) -> FieldMapping:
        if data.template:
            return cls(tuple(dict.fromkeys(re.findall(PLACEHOLDER, data.template))), data.template)
        return cls(data.join_fields or (data.text_field,), "")

    def text(self, row: Row, name: str) -> str:
        """The document's text. Raises ForesightError that names the row's place in file `name`."""
        if not self.template:
            return "\n\n".join(_text_of(row, field, name) for field in self.fields)
        values = {field: _text_of(row, field, name) for field in self.fields}
        # In one pass: a value that holds "{solution}" stays as it is.
        return re.sub(PLACEHOLDER, lambda found: values[found[1]], self.template)


def _text_of(row: Row, field: str, name: str) -> str:
    there = ", ".join(row.values) or "none"
    if field not in row.values:
        raise bad_corpus(
            f"{name}, {row.place}: there is no field {field!r}. The fields there are: {there}.",
            "Say that its rows hold conversations, or name a field that every row has, in data.text_field, "
            "data.join_fields or data.template."
            if "messages" in row.values or "conversations" in row.values
            else "Name a field that every row has, in data.text_field, data.join_fields or data.template.",
        )
    value = row.values[field]
    if not isinstance(value, str):
        raise bad_corpus(
            f"{name}, {row.place}: field {field!r} holds {_shown(value)}, which is not text. "
            f"The fields there are: {there}.",
            "Name a field that holds text in every row.",
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise bad_corpus(
            f"{name}, {row.place}: field {field!r} holds half of a character (a lone surrogate) at "
            f"character {error.start}.",
            "Write the whole character, or leave the row out.",
        ) from error
    return value


def _shown(value: object) -> str:
    return json.dumps(value, default=repr)[:40]
