"""Splits a document's tokens into scoring windows that overlap. Pure arithmetic, no model.

Every target from token 1 on is scored exactly once. A window after the first starts with
`overlap` tokens that only serve as context, and scores the targets that come after them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Input tokens `start:stop` of a document; scores the targets `first` to `stop`, both included.

    The input at i predicts token i + 1, so target t has the context `start:t`.
    """

    start: int
    stop: int
    first: int

    @property
    def inputs(self) -> int:
        return self.stop - self.start

    @property
    def targets(self) -> int:
        return self.stop - self.first + 1


def windows(tokens: int, size: int, overlap: int) -> Iterator[Window]:
    """The windows of a document of `tokens` tokens, each of at most `size` inputs, at least one.

    Requires 0 <= overlap < size. A document without targets has one window without targets: it
    still has to be answered for.
    """
    last = max(0, tokens - 1)  # the last token is a target and no input
    start, first = 0, 1
    while True:
        stop = min(start + size, last)
        yield Window(start, stop, first)
        if stop == last:
            return
        start, first = stop - overlap, stop + 1
