"""Pairs with known verdicts, made of a corpus' own segments: to teach a small model to judge, and to test a judge.

What is right and wrong follows from how a prediction is made of the reference, so nobody has to be asked. The
rules are METHODS B5's; how predictions are made is ours. Rewordings are slight: a judge that learnt from these
pairs alone knows little of paraphrase. Pure.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.judging.pair import Pair, Rule

_NUMBER = re.compile(r"\d+")
_VERB = re.compile(r"\b(is|are|was|were|has|have|can|will|must|may|does)\b")
_SAME = tuple(
    (re.compile(rf"\b{one}\b"), other)
    for one, other in (
        ("then", "thus"),
        ("Then", "Thus"),
        ("we have", "it holds that"),
        ("does not", "doesn't"),
        ("for example", "for instance"),
        ("For example", "For instance"),
        ("must be", "has to be"),
        ("is called", "is named"),
        ("because", "since"),
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """A pair whose verdict is known."""

    pair: Pair
    score: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a prediction is made of."""

    first: str  # the target
    both: str  # the target and the segment after it
    second: str  # that segment
    other: str  # a target elsewhere
    dice: random.Random


def reworded(text: str) -> str:
    """The same in slightly other words: a few fixed changes, the first letter small, no full stop at the end."""
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return (text[:1].lower() + text[1:]).rstrip(".")


def altered(text: str) -> str | None:
    """The opposite, or another number; None where there is neither a verb nor a number to change."""
    if found := _NUMBER.search(text):
        return f"{text[: found.start()]}{int(found.group()) + 3}{text[found.end() :]}"
    changed = _VERB.sub(r"\1 not", text, count=1)
    return changed if changed != text else None


def _half(parts: _Parts) -> str | None:
    words = parts.first.split()
    return " ".join(words[: len(words) // 2]) if len(words) >= 4 else None


_MAKERS: dict[tuple[Rule, int], tuple[Callable[[_Parts], str | None], ...]] = {
    ("prefix", 1): (
        lambda parts: parts.first,
        lambda parts: parts.both,
        lambda parts: reworded(parts.first),
    ),
    ("prefix", 0): (
        lambda parts: parts.second,
        lambda parts: parts.other,
        lambda parts: altered(parts.first),
        lambda parts: f"{parts.first} {parts.other}",
    ),
    ("strict", 1): (lambda parts: parts.first, lambda parts: reworded(parts.first)),
    ("strict", 0): (
        lambda parts: parts.both,
        _half,
        lambda parts: parts.second,
        lambda parts: parts.other,
        lambda parts: altered(parts.first),
    ),
}


def known_pairs(
    documents: Sequence[tuple[Sequence[str], Sequence[int]]], references: int, count: int, seed: int
) -> list[Known]:
    """At most `count` different pairs: of the two rules and of right and wrong ones as many, as far as possible.

    Args:
        documents: segments of each document, and which of them can be predicted; never the last one.
        references: following segments shown under the prefix rule, the target first.
        count: how many.
        seed: of the draw.
    """
    dice = random.Random(seed)
    places = [(segments, at) for segments, targets in documents for at in targets]
    made: dict[Pair, Known] = {}
    sorts = sorted(_MAKERS)
    for turn in range(8 * count if places else 0):
        if len(made) == count:
            break
        rule, score = sorts[turn % len(sorts)]
        (segments, at), (elsewhere, place) = dice.choice(places), dice.choice(places)
        first, second = segments[at], segments[at + 1]
        parts = _Parts(
            first.strip(), (first + second).strip(), second.strip(), elsewhere[place].strip(), dice
        )
        predicted = dice.choice(_MAKERS[rule, score])(parts)
        right = parts.both.startswith(predicted or "") if rule == "prefix" else predicted == parts.first
        if predicted and (score or not right):  # a corpus that repeats itself makes right ones by chance
            end = at + references if rule == "prefix" else at + 1
            pair = Pair(rule, "".join(segments[at:end]).strip(), predicted)
            made.setdefault(pair, Known(pair, score))
    return list(made.values())
