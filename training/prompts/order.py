"""The order in which positions are trained on. Pure and seeded."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def order_positions(positions: Sequence[T], seed: int, count: int) -> tuple[T, ...]:
    """`count` positions in a seeded order.

    Each is taken once before any is taken again; every further round has a new order, which
    depends on the seed and the round alone. A longer order begins with the shorter one.

    Raises ValueError when there is nothing to order.
    """
    if not positions:
        raise ValueError("there are no positions to order")
    ordered: list[T] = []
    rounds = 0
    while len(ordered) < count:
        shuffled = list(positions)
        random.Random(f"{seed}:{rounds}").shuffle(shuffled)
        ordered.extend(shuffled)
        rounds += 1
    return tuple(ordered[:count])
