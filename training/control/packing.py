"""Documents laid end to end and cut into sequences of one length. Pure and seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence


def packed_sequences(
    documents: Sequence[Sequence[int]], *, length: int, end_id: int | None, seed: int
) -> Iterator[tuple[int, ...]]:
    """Sequences of `length` tokens without end: round after round of the documents.

    Each round has a seeded order of its own, and every document is followed by `end_id`, where the
    tokenizer has one. A sequence may hold the end of one document and the start of the next; nothing
    is padded and nothing dropped. The k-th sequence depends on the arguments alone, so that a resumed
    run meets what the first one would have.

    Raises ValueError when there is no token to pack.
    """
    if not any(documents):
        raise ValueError("there is no token to pack")
    waiting: list[int] = []
    rounds = 0
    while True:
        order = list(range(len(documents)))
        random.Random(f"{seed}:{rounds}").shuffle(order)
        rounds += 1
        for place in order:
            waiting.extend(documents[place])
            if end_id is not None:
                waiting.append(end_id)
            whole = len(waiting) - len(waiting) % length
            for start in range(0, whole, length):
                yield tuple(waiting[start : start + length])
            del waiting[:whole]
