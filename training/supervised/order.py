"""Which examples a step takes: epoch after epoch, each in a seeded order of its own. Pure."""

from __future__ import annotations

import random
from functools import lru_cache


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Steps in which every one of `count` examples is taken once; the last may take fewer than the others."""
    return -(-count // batch_size)


def batch_places(step: int, *, count: int, batch_size: int, seed: int) -> tuple[int, ...]:
    """Places of the examples that step `step` (from 1) takes.

    They depend on the arguments alone, so that a resumed run meets what the first one would have.
    """
    epoch, place = divmod(step - 1, steps_per_epoch(count, batch_size))
    return _order(count, f"{seed}:{epoch}")[place * batch_size : (place + 1) * batch_size]


@lru_cache(maxsize=1)
def _order(count: int, seed: str) -> tuple[int, ...]:
    places = list(range(count))
    random.Random(seed).shuffle(places)
    return tuple(places)
