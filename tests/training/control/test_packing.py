"""Packing documents into sequences: exact order, nothing lost, the same again."""

from __future__ import annotations

from itertools import islice

import pytest

from training.control.packing import packed_sequences


def packed(count: int, length: int, seed: int = 0, end_id: int | None = 0) -> list[tuple[int, ...]]:
    documents = [(1, 1, 1), (2,), (3, 3)]
    return list(islice(packed_sequences(documents, length=length, end_id=end_id, seed=seed), count))


def test_one_document_is_laid_end_to_end_and_cut() -> None:
    found = packed_sequences([(1, 2, 3)], length=3, end_id=9, seed=0)
    assert list(islice(found, 4)) == [(1, 2, 3), (9, 1, 2), (3, 9, 1), (2, 3, 9)]


def test_no_token_is_lost_or_doubled_in_a_round() -> None:
    tokens = [token for sequence in packed(3, 3) for token in sequence]
    assert sorted(tokens) == [0, 0, 0, 1, 1, 1, 2, 3, 3]


def test_rounds_have_orders_of_their_own() -> None:
    rounds = packed(12, 9)
    assert len(set(rounds)) > 1
    assert {tuple(sorted(one)) for one in rounds} == {(0, 0, 0, 1, 1, 1, 2, 3, 3)}


def test_same_seed_gives_the_same_and_another_one_another_order() -> None:
    assert packed(20, 4) == packed(20, 4)
    assert packed(20, 4) != packed(20, 4, seed=1)


def test_tokenizer_without_an_end_token_puts_nothing_between() -> None:
    assert [token for one in packed(1, 6, end_id=None) for token in sorted(one)] == [1, 1, 1, 2, 3, 3]


def test_nothing_to_pack_is_an_error() -> None:
    with pytest.raises(ValueError, match="no token"):
        next(packed_sequences([(), ()], length=2, end_id=0, seed=0))
