"""What is asked for before a launch: how much to probe, which prompt to show."""

from __future__ import annotations

from collections.abc import Mapping

from training.contract.errors import ForesightError

POSITIONS = 32
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
