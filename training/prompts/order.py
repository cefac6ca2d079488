"""The order in which positions are trained on. Pure and seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import TypeVar

T = TypeVar("T")


def order_positions(positions: Sequence[T], seed: int, wanted: int) -> tuple[T, ...]:
    """The first `wanted` positions of `endless_order`."""
    return tuple(islice(endless_order(positions, seed), wanted))


def endless_order(positions: Sequence[T], seed: int) -> Iterator[T]:
    """The positions in a seeded order, round after round.

    Each is taken once before any is taken again; every further round has a new order, which
    depends on the seed and the round alone. A longer order begins with the shorter one.

    Raises ValueError when there is nothing to order.
    """
    if not positions:
        raise ValueError("there are no positions to order")
    for rounds in count():
        shuffled = list(positions)
        random.Random(f"{seed}:{rounds}").shuffle(shuffled)
        yield from shuffled
