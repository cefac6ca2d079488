"""Which documents are held out of training: training draws them, the form counts without them. Pure."""

from __future__ import annotations

import random


def held_out_places(documents: int, held_out: int, seed: int) -> frozenset[int]:
    """The places, among so many documents, of those that are drawn with `seed`."""
    return frozenset(random.Random(seed).sample(range(documents), held_out))
