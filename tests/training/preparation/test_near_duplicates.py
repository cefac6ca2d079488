"""Near-duplicates: what exact similarity drops, what it keeps, and what the hashing only suggests."""

from __future__ import annotations

import random

import pytest

from training.contract.preparation_settings import NearDuplicatesConfig
from training.preparation.finding import Finding
from training.preparation.near_duplicates import bands_for, jaccard, start
from training.preparation.text import loose_words, shingles
from training.records import Document


def documents(*texts: str) -> list[Document]:
    return [Document(index, f"document {index}", text) for index, text in enumerate(texts)]


def findings(texts: list[str], **settings: float) -> list[Finding]:
    return list(start(documents(*texts), NearDuplicatesConfig.model_validate(settings)).findings)


def dropped(texts: list[str], **settings: float) -> list[int]:
    return [one.document.index for one in findings(texts, **settings) if one.dropped]


def words(count: int, seed: int) -> list[str]:
    """So many words, each of its own: every shingle occurs once."""
    return [f"w{seed}x{place}" for place in range(count)]


def planted(similarity: float, seed: int, shared: int = 216) -> tuple[str, str]:
    """Two texts whose 5-word shingles have exactly this Jaccard similarity: they share their first words.

    With s shared shingles and n of its own in each text, J = s / (s + 2n).
    """
    own = round((shared / similarity - shared) / 2)
    assert shared / (shared + 2 * own) == similarity
    common = words(shared + 4, seed)
    return (
        " ".join(common + words(own, seed + 1)),
        " ".join(common + words(own, seed + 2)),
    )


@pytest.mark.parametrize(("similarity", "goes"), [(0.9, True), (0.8, True), (0.75, False), (0.5, False)])
def test_planted_pair_goes_at_the_threshold_and_above(similarity: float, goes: bool) -> None:
    pairs = [planted(similarity, 10 * seed) for seed in range(40)]
    one, other = pairs[0]
    assert jaccard(shingles(loose_words(one), 5), shingles(loose_words(other), 5)) == similarity
    texts = [text for pair in pairs for text in pair]
    assert dropped(texts) == (list(range(1, 80, 2)) if goes else [])


def test_reason_names_the_pair_and_its_similarity() -> None:
    _, second = findings(list(planted(0.9, 1)))
    (reason,) = second.reasons
    assert reason.words == "Jaccard 0.900 to document 0, which stays."
    assert reason.facts == {"of": 0, "jaccard": 0.9}
    assert reason.other is not None
    assert (reason.other.name, reason.other.text) == ("document 0", planted(0.9, 1)[0])


def test_chain_of_small_changes_keeps_its_far_end() -> None:
    # 100 words: each text has 5 others at its end than the one before; 91 of 101 shingles shared, then 86 of 106.
    chain = [" ".join(words(100, 1)[5 * step :] + words(5 * step, 2)) for step in range(6)]
    sets = [shingles(loose_words(text), 5) for text in chain]
    near = [[jaccard(a, b) >= 0.8 for b in sets] for a in sets]
    assert near[0][1] and near[1][2] and not near[0][5]
    gone = dropped(chain)
    kept = [place for place in range(6) if place not in gone]
    assert kept == [0, 3]
    assert all(any(near[place][other] for other in kept) for place in gone)


def test_most_similar_of_several_is_named() -> None:
    base = words(200, 1)
    texts = [" ".join(base[:180] + words(20, 2)), " ".join(base + words(60, 3)), " ".join(base)]
    _, _, last = findings(texts)
    assert last.reasons[0].facts["of"] == 0


def test_false_candidate_of_the_hashing_is_kept() -> None:
    # At 0.5 the 32 bands of four rows make nearly every pair a candidate; exact Jaccard keeps them all.
    assert bands_for(0.8, 128) == 32
    pairs = [planted(0.5, 10 * seed) for seed in range(30)]
    assert dropped([text for pair in pairs for text in pair]) == []


def test_texts_shorter_than_a_shingle_are_compared_as_a_whole() -> None:
    assert dropped(["two plus two", "Two  plus TWO", "two plus three", "two"]) == [1]


def test_signs_make_a_difference() -> None:
    one = "Solve the equation $x+1=0$ over the reals and give every root."
    assert dropped([one, one.replace("+", "-")]) == []


def test_chinese_is_shingled_by_characters() -> None:
    signs = [chr(0x4E00 + place) for place in range(200)]
    own = [chr(0x6E00 + place) for place in range(40)]
    assert loose_words("设x为整数。") == ["设", "x", "为", "整", "数", "。"]
    # 196 shingles each; the last 10 characters are others: 186 of 206 are shared, J = 0.903.
    assert dropped(["".join(signs), "".join(signs[:190] + own[:10])]) == [1]
    # The last 40: 156 of 236, J = 0.661.
    assert dropped(["".join(signs), "".join(signs[:160] + own)]) == []


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_find_a_pair_at_the_threshold_nearly_always(threshold: float) -> None:
    bands = bands_for(threshold, 128)
    rows = 128 // bands
    assert bands * rows == 128
    assert 1 - (1 - threshold**rows) ** bands >= 0.99


def test_dropped_have_a_kept_one_and_kept_ones_differ() -> None:
    draw = random.Random(3)
    base = [f"t{place}" for place in range(120)]
    texts = []
    for _ in range(60):
        changed = list(base)
        for place in draw.sample(range(120), draw.randrange(0, 12)):
            changed[place] = f"r{draw.randrange(10**6)}"
        texts.append(" ".join(changed))
    sets = [shingles(loose_words(text), 5) for text in texts]
    found = findings(texts)
    kept = [one.document.index for one in found if not one.dropped]
    assert all(jaccard(sets[a], sets[b]) < 0.8 for a in kept for b in kept if a < b)
    for one in found:
        for reason in one.reasons:
            assert reason.facts["of"] in kept
            assert jaccard(sets[one.document.index], sets[reason.facts["of"]]) >= 0.8
