"""The prompt templates by name: RPT's seven, a short one for small models, and the user's own.

A template is text with one `{prompt_content}`, which takes the context. It is replaced literally:
contexts hold LaTeX braces, so `str.format` would break on them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.settings.method import PROMPT_PLACEHOLDER, RptConfig

PLACEHOLDER = PROMPT_PLACEHOLDER
CUSTOM = "custom"
_RPT_FILE = Path(__file__).with_name("rpt_prompts.json")  # RPT Table 10, byte for byte

SHORT = "Predict the next token in \\boxed{}.\n\n" + PLACEHOLDER
"""Not from the paper: a 135M model cannot follow the long ones, and every token costs time on a CPU."""


def names() -> tuple[str, ...]:
    """Every named template, the user's own left out."""
    return tuple(_templates())


def template(name: str) -> str:
    """A template's text, with one `{prompt_content}`. Raises ForesightError for an unknown name."""
    try:
        return _templates()[name]
    except KeyError as error:
        raise ForesightError(
            f"There is no prompt template {name!r}.",
            field="method.prompt",
            remedy=f"Choose one of: {', '.join(names())}.",
        ) from error


def template_of(method: RptConfig) -> str:
    """The template an experiment asks with: a named one or its own (checked by the schema)."""
    return method.custom_prompt if method.prompt == CUSTOM else template(method.prompt)


@cache
def _templates() -> dict[str, str]:
    paper: dict[str, str] = json.loads(_RPT_FILE.read_text("utf-8"))["templates"]
    return {**paper, "short": SHORT}
