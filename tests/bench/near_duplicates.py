"""Near-duplicate candidates by rensa and by datasketch, on the same shingles, in one run.

    python -m tests.bench.near_duplicates [DOCUMENTS]

Made documents of 200 words, a tenth of them near-copies whose shingles have a Jaccard similarity of 0.9 to an
earlier one. Both libraries hash the shingles to 128 permutations and look every document up in an index of 32 bands
before they add it, in one thread; seconds are those of the processor. The last line is the whole stage: words,
shingles, rensa, and the exact check of the candidates.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from training.contract.preparation_settings import NearDuplicatesConfig
from training.preparation.near_duplicates import bands_for, jaccard, start
from training.preparation.text import loose_words, shingles
from training.records import Document

DOCUMENTS = 10_000
_WORDS = 200
_CHANGED = 10  # words at the end of a near-copy: 186 of 206 shingles are shared, J = 0.903
_BATCH = 256
_SETTINGS = NearDuplicatesConfig()


def made(count: int) -> tuple[list[Document], dict[int, int]]:
    """The documents, and which near-copy is of which."""
    draw = random.Random(0)
    vocabulary = [f"w{number:x}" for number in range(20_000)]
    texts: list[list[str]] = []
    copies: dict[int, int] = {}
    for place in range(count):
        if place % 10 == 9:
            of = draw.randrange(place // 10 + 1) * 10  # never a copy itself
            copies[place] = of
            texts.append([*texts[of][:-_CHANGED], *draw.choices(vocabulary, k=_CHANGED)])
        else:
            texts.append(draw.choices(vocabulary, k=_WORDS))
    return [Document(place, f"{place}", " ".join(words)) for place, words in enumerate(texts)], copies


def by_rensa(sets: Sequence[set[str]], bands: int) -> Iterator[list[int]]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(_SETTINGS.threshold, _SETTINGS.permutations, bands)
    for first in range(0, len(sets), _BATCH):
        hashes = RMinHash.from_token_sets(sets[first : first + _BATCH], _SETTINGS.permutations, 1)
        for place, one in enumerate(hashes, start=first):
            yield index.query(one)
            index.insert(place, one)


def by_datasketch(sets: Sequence[set[str]], bands: int) -> Iterator[list[int]]:
    from datasketch import MinHash, MinHashLSH

    permutations = _SETTINGS.permutations
    index = MinHashLSH(num_perm=permutations, params=(bands, permutations // bands))
    for first in range(0, len(sets), _BATCH):
        encoded = ([token.encode() for token in tokens] for tokens in sets[first : first + _BATCH])
        for place, one in enumerate(MinHash.generator(encoded, num_perm=permutations), start=first):
            yield index.query(one)
            index.insert(place, one)


def main() -> None:
    os.environ["RAYON_NUM_THREADS"] = "1"  # rensa would take every core
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    documents, copies = made(count)
    sets = [shingles(loose_words(document.text), _SETTINGS.shingle_words) for document in documents]
    bands = bands_for(_SETTINGS.threshold, _SETTINGS.permutations)
    print(
        f"{count} documents, {len(copies)} near-copies, {_SETTINGS.permutations} permutations, {bands} bands"
    )
    print("| candidates by | documents a second | near-copies found | candidates under the threshold |")
    print("|---|---|---|---|")
    speeds = [_candidates(find, sets, copies, bands) for find in (by_rensa, by_datasketch)]
    began = time.process_time()
    dropped = {one.document.index for one in start(documents, _SETTINGS).findings if one.dropped}
    seconds = time.process_time() - began
    assert dropped == set(copies), "the exact check drops the near-copies and nothing else"
    print(f"| the whole stage | {count / seconds:,.0f} | {len(dropped)} | none dropped |")
    print(f"rensa / datasketch: {speeds[0] / speeds[1]:.1f}")


def _candidates(
    find: Callable[[Sequence[set[str]], int], Iterator[list[int]]],
    sets: Sequence[set[str]],
    copies: dict[int, int],
    bands: int,
) -> float:
    """Print a row; returns documents a second."""
    began = time.process_time()
    found = list(find(sets, bands))
    speed = len(sets) / (time.process_time() - began)
    right = sum(of in found[place] for place, of in copies.items())
    wrong = sum(jaccard(sets[a], sets[b]) < _SETTINGS.threshold for a, near in enumerate(found) for b in near)
    print(f"| {find.__name__.removeprefix('by_')} | {speed:,.0f} | {right} | {wrong} |")
    return speed


if __name__ == "__main__":
    main()
