"""A problem with an answer that can be checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of a problem set."""

    index: int  # 0-based row
    name: str  # a title for people
    text: str
    answer: str  # the right one, as the data has it
