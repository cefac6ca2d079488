"""Two texts beside each other, word by word: what stands on one side alone. Pure.

Words are compared without case. The marks help a person to read; they are no verdict: a judge compares
what is said, and other words can say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

State = Literal["same", "only", "after"]
"""Of words: on both sides; on this side alone; after the end of what was asked for."""

WORDS = 1500
"""Words of a prediction that are compared; a model that repeats itself may write many thousands."""
# A Chinese, Japanese or Korean character is a word, as it is where predictions are judged.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(f"[{_CJK}]\\s*|[^\\W{_CJK}]+\\s*|[^\\w\\s]\\s*|\\s+")


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring words of one state. Joined, the texts of a side are that side."""

    text: str
    state: State


@dataclass(frozen=True, slots=True)
class SideBySide:
    predicted: tuple[Part, ...]
    reference: tuple[Part, ...]
    hidden: int  # words of the prediction after those that are compared and shown


def side_by_side(predicted: str, reference: str, *, beginning: bool) -> SideBySide:
    """Lay a prediction beside its reference.

    Args:
        predicted: what was predicted.
        reference: what it is judged against.
        beginning: a beginning of the reference is enough: what the prediction does not reach is not missing.
    """
    said, given = _WORD.findall(predicted), _WORD.findall(reference)
    shown = said[:WORDS]
    left: list[tuple[str, State]] = []
    right: list[tuple[str, State]] = []
    matcher = SequenceMatcher(None, _compared(shown), _compared(given), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        state: State = "same" if tag == "equal" else "only"
        left += [(word, state) for word in shown[a:b]]
        right += [(word, state) for word in given[c:d]]
        if beginning and state == "only" and d == len(given):
            # At the end: as many words stand against the prediction's as it has there.
            right[len(right) - (d - c) :] = _tail(given[c:d], b - a)
    return SideBySide(tuple(_parts(left)), tuple(_parts(right)), len(said) - len(shown))


def _tail(words: Sequence[str], against: int) -> list[tuple[str, State]]:
    return [(word, "only" if place < against else "after") for place, word in enumerate(words)]


def _compared(words: Sequence[str]) -> list[str]:
    return [word.strip().casefold() for word in words]


def _parts(words: Sequence[tuple[str, State]]) -> Iterator[Part]:
    for state, run in groupby(words, key=lambda word: word[1]):
        yield Part("".join(word for word, _ in run), state)
