"""Documents held out of training: seeded, by document."""

from __future__ import annotations

import pytest

from training.contract.errors import ForesightError
from training.corpus.split import split_documents
from training.records import Document

DOCUMENTS = tuple(Document(index=i, name=f"d{i}", text=str(i)) for i in range(10))


def test_split_is_a_partition_in_corpus_order() -> None:
    train, held_out = split_documents(DOCUMENTS, 3, seed=0)
    assert (len(train), len(held_out)) == (7, 3)
    assert sorted([*train, *held_out], key=lambda d: d.index) == list(DOCUMENTS)
    assert [d.index for d in train] == sorted(d.index for d in train)
    assert [d.index for d in held_out] == sorted(d.index for d in held_out)


def test_split_with_the_same_seed_is_the_same_and_with_another_differs() -> None:
    assert split_documents(DOCUMENTS, 3, seed=1) == split_documents(DOCUMENTS, 3, seed=1)
    assert split_documents(DOCUMENTS, 3, seed=1) != split_documents(DOCUMENTS, 3, seed=2)


def test_split_of_nothing_keeps_everything() -> None:
    assert split_documents(DOCUMENTS, 0, seed=0) == (DOCUMENTS, ())


def test_split_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ForesightError) as caught:
        split_documents(DOCUMENTS, 10, seed=0)
    assert caught.value.field == "data.held_out_documents"
    assert "at most 9" in caught.value.remedy
