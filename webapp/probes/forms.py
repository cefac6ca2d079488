"""What is asked for before a launch: how much to probe, which templates to compare, which prompt to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from training.contract.errors import ForesightError
from training.contract.settings.method import PromptName

POSITIONS = 32
TEMPLATES: tuple[str, ...] = get_args(PromptName)
TABLE_SAMPLES = 8
"""Pass@8, as in the paper's Table 8."""


def whole_number(post: Mapping[str, str], name: str, default: int) -> int:
    """A posted whole number; `default` where nothing was typed. Raises ForesightError for anything else."""
    text = post.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise ForesightError(
            f"{text[:20]!r} is not a whole number.", field=name, remedy="Give a whole number."
        )
    return int(text)


def templates_for(own_text: str) -> tuple[str, ...]:
    """The templates a table compares: all named ones, and the user's own where there is one."""
    return tuple(name for name in TEMPLATES if name != "custom" or own_text)
