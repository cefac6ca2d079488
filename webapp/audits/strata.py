"""Which judged pairs a person is shown, and in what order: some of every sort, by a seeded draw. Pure.

A draw by chance alone would show a person mostly what the judge says most. So pairs are sorted into
strata - what other judges disputed, then right, wrong and malformed ones, short and long - and taken from them
in turn. What is said of the sample is therefore not yet said of the run: `weights` brings it back.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from statistics import median

from webapp.audits.pool import JudgedPair

DISPUTED = "disputed"


def sort_into_strata(
    pairs: Sequence[JudgedPair], disputed: Collection[tuple[int, int, int]]
) -> dict[str, list[JudgedPair]]:
    """Every pair in exactly one stratum, by name; empty ones are left out.

    Args:
        pairs: judged pairs.
        disputed: places (step, group, sample) of pairs whose verdict another judge or rule flips.
    """
    middle = median(len(pair.predicted) for pair in pairs) if pairs else 0
    found: dict[str, list[JudgedPair]] = {}
    for pair in pairs:
        name = f"{pair.call}, {'long' if len(pair.predicted) > middle else 'short'}"
        found.setdefault(DISPUTED if pair.key in disputed else name, []).append(pair)
    return dict(sorted(found.items(), key=lambda item: (item[0] != DISPUTED, item[0])))


def draw(strata: Mapping[str, Sequence[JudgedPair]], size: int, seed: str) -> list[tuple[str, JudgedPair]]:
    """At most `size` pairs with their strata, from each stratum in turn, in an order that tells nothing.

    The same strata and seed give the same pairs in the same order. Equal questions are drawn once.
    """
    dice = random.Random(seed)
    left = {name: dice.sample(list(pairs), len(pairs)) for name, pairs in strata.items()}
    drawn: list[tuple[str, JudgedPair]] = []
    asked: set[tuple[tuple[str, ...], str]] = set()
    while len(drawn) < size and any(left.values()):
        for name in [name for name, pairs in left.items() if pairs]:
            pair = left[name].pop()
            question = (pair.group.references, pair.predicted)
            if question not in asked and len(drawn) < size:
                asked.add(question)
                drawn.append((name, pair))
    dice.shuffle(drawn)
    return drawn


def weights(sizes: Mapping[str, int], answered: Mapping[str, int]) -> dict[str, float] | None:
    """How many judged pairs an answered one of each stratum stands for, scaled to a mean of 1.

    None while a stratum has no answer: nothing is known of what lies in it.
    """
    if not sizes or any(not answered.get(name) for name in sizes):
        return None
    scale = sum(answered.values()) / sum(sizes.values())
    return {name: size / answered[name] * scale for name, size in sizes.items()}
