"""Reasoning patterns: the words that show one, after RPT's appendix (METHODS A8). Pure.

A response shows a pattern when it holds at least one of its keywords, whatever the case, at word
boundaries: `wait` is in "Wait, no" and not in "awaits". Training counts shares with this table and
pages mark the words with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KEYWORDS: dict[str, tuple[str, ...]] = {
    "transition": ("alternatively", "think differently"),
    "reflection": ("wait", "initial answer", "original answer", "looking back", "thought process"),
    "breakdown": ("break down", "break this down"),
    "hypothesis": ("probably", "something like"),
    "divergent": (
        "etc.",
        "or something",
        "either",
        "sometimes it refers",
        "otherwise",
        "exploring",
        "options",
    ),
    "deduction": ("summarize", "conclusion", "conclude", "finally", "logically", "consequently"),
}
"""Keywords of each pattern, in the paper's order."""


@dataclass(frozen=True, slots=True)
class Span:
    """A keyword in a text: characters `start` to `end` (exclusive)."""

    start: int
    end: int
    pattern: str  # a key of KEYWORDS


def _expression(words: Sequence[str]) -> re.Pattern[str]:
    # The longest first, so that "break this down" is not cut short. White space may be of any kind: a
    # thought may break its line inside a phrase. A keyword that ends in a full stop has its boundary there.
    parts = [
        r"\s+".join(re.escape(part) for part in word.split()) + (r"\b" if word[-1].isalnum() else "")
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile(r"\b(?:" + "|".join(parts) + ")", re.IGNORECASE)


_EXPRESSIONS = {pattern: _expression(words) for pattern, words in KEYWORDS.items()}


def patterns_in(text: str) -> frozenset[str]:
    """The patterns that a response shows."""
    return frozenset(pattern for pattern, expression in _EXPRESSIONS.items() if expression.search(text))


def spans(text: str) -> tuple[Span, ...]:
    """Every keyword in a text by its place; where two overlap the earlier and longer one counts."""
    found = sorted(
        (
            Span(match.start(), match.end(), pattern)
            for pattern, expression in _EXPRESSIONS.items()
            for match in expression.finditer(text)
        ),
        key=lambda span: (span.start, -span.end),
    )
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def shares(responses: Sequence[str]) -> dict[str, float]:
    """The share of responses that show each pattern; 0 for every one where there is no response."""
    shown = [patterns_in(response) for response in responses]
    return {
        pattern: sum(pattern in found for found in shown) / len(shown) if shown else 0.0
        for pattern in KEYWORDS
    }


def relative_change(now: Mapping[str, float], base: Mapping[str, float]) -> dict[str, float | None]:
    """(now - base) / base of each pattern's share: +1.618 is the paper's +161.8 %. None without a base."""
    return {
        pattern: now[pattern] / base[pattern] - 1.0 if pattern in now and base.get(pattern) else None
        for pattern in KEYWORDS
    }
