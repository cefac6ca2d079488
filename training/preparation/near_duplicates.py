"""Near-duplicates: MinHash and locality-sensitive hashing find candidates, exact Jaccard decides.

A document goes when an earlier one that stays is at least as similar as the threshold; so every dropped document
has a kept one it resembles, and a chain of small changes does not take its far end with it. Words are what white
space separates, so that two problems which differ in a sign differ. Hashing is by rensa.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from rensa import RMinHash, RMinHashLSH

from training.contract.preparation_settings import NearDuplicatesConfig
from training.preparation.finding import Compared, Finding, Reason, RuleName, StageRun
from training.preparation.text import loose_words, shingles
from training.records import Document

RULE = "near_duplicate"
_RECALL = 0.99  # chance that a pair just at the threshold becomes a candidate, at least
_SEED = 1
_BATCH = 256  # documents hashed at a time


def start(documents: Iterable[Document], settings: NearDuplicatesConfig) -> StageRun:
    limit = f"Jaccard of {settings.shingle_words}-word shingles at least {settings.threshold:g}"
    return StageRun((RuleName(RULE, "Nearly the same", limit),), _findings(documents, settings))


def bands_for(threshold: float, permutations: int) -> int:
    """Into how many bands a MinHash is cut: the fewest that find a pair at the threshold nearly always.

    b bands of r rows make a pair of similarity s a candidate with probability 1 - (1 - s^r)^b. More rows mean
    fewer candidates to check, so the most that keep the recall are taken; r = 1 where none does.
    """
    for rows in range(permutations, 1, -1):
        bands, rest = divmod(permutations, rows)
        if not rest and 1 - (1 - threshold**rows) ** bands >= _RECALL:
            return bands
    return permutations


def jaccard(one: set[str], other: set[str]) -> float:
    """Size of what both hold over the size of what either holds."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _findings(documents: Iterable[Document], settings: NearDuplicatesConfig) -> Iterator[Finding]:
    bands = bands_for(settings.threshold, settings.permutations)
    index = RMinHashLSH(settings.threshold, settings.permutations, bands)
    kept: list[Document] = []  # their places are the index's keys
    stream = iter(documents)
    while batch := list(islice(stream, _BATCH)):
        sets = [_shingles(document, settings) for document in batch]
        hashes = RMinHash.from_token_sets(sets, settings.permutations, _SEED)
        for document, own, minhash in zip(batch, sets, hashes, strict=True):
            candidates = [kept[place] for place in sorted(index.query(minhash))]
            found = _closest(own, candidates, settings)
            if found is None:
                index.insert(len(kept), minhash)
                kept.append(document)
                yield Finding(document)
            else:
                yield Finding(document, (_reason(*found),))


def _closest(
    own: set[str], candidates: Iterable[Document], settings: NearDuplicatesConfig
) -> tuple[Document, float] | None:
    """The most similar candidate at or above the threshold, the first of equals."""
    similar = [(document, jaccard(own, _shingles(document, settings))) for document in candidates]
    best = max(similar, key=lambda pair: pair[1], default=None)
    return best if best and best[1] >= settings.threshold else None


def _shingles(document: Document, settings: NearDuplicatesConfig) -> set[str]:
    return shingles(loose_words(document.text), settings.shingle_words)


def _reason(other: Document, similarity: float) -> Reason:
    return Reason(
        RULE,
        f"Jaccard {similarity:.3f} to {other.name}, which stays.",
        other=Compared(other.name, other.text),
        facts={"of": other.index, "jaccard": round(similarity, 4)},
    )
