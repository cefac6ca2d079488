"""Datasets of the hub: their names, their rows, and what is said when the hub is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from training.contract.corpus_files import HubDataset, hub_dataset
from training.contract.errors import ForesightError
from training.contract.settings.text import DataConfig
from training.corpus import hub
from training.corpus.reader import read_corpus


@pytest.mark.parametrize(
    ("corpus", "dataset"),
    [
        ("hf:org/name", HubDataset("org/name", "train")),
        ("hf:org/na.me_1:test", HubDataset("org/na.me_1", "test")),
        ("hf:name", None),
        ("hf:../x", None),
        ("hf:org/..", None),
        ("hf:https://x/y", None),
        ("hf:org/name:", None),
        ("org/name", None),
    ],
)
def test_name_of_a_dataset(corpus: str, dataset: HubDataset | None) -> None:
    assert hub_dataset(corpus) == dataset


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A hub with one dataset of a thousand rows; the numbers of the rows that were fetched."""
    taken: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(1000):
            taken.append(number)
            yield {"problem": f"p{number // 2}", "solution": "s", "level": number}

    monkeypatch.setattr(hub, "_revision", lambda dataset: "abc123")
    monkeypatch.setattr(hub, "_load", lambda dataset, revision: rows())
    return taken


def test_rows_of_the_hub_become_documents_and_only_so_many_are_fetched(taken: list[int]) -> None:
    data = DataConfig(corpus="hf:org/sums:test", template="{problem}: {solution}", max_documents=3)
    found = read_corpus(data)
    assert [document.text for document in found.documents] == ["p0: s", "p1: s", "p2: s"]
    assert (found.report.format, found.report.duplicates) == ("hub", 2)
    assert found.report.fields == ("problem", "solution")
    assert taken == [0, 1, 2, 3, 4]


def test_row_of_the_hub_at_fault_is_named(taken: list[int]) -> None:
    with pytest.raises(ForesightError, match="org/sums, row 1: field 'level' holds 0, which is not text"):
        read_corpus(DataConfig(corpus="hf:org/sums", text_field="level"))


def test_hub_that_cannot_be_reached_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx
    from huggingface_hub import HfApi

    def refuse(*arguments: Any, **options: Any) -> None:
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(HfApi, "dataset_info", refuse)
    with pytest.raises(ForesightError) as caught:
        read_corpus(DataConfig(corpus="hf:org/sums"))
    assert caught.value.retryable
    assert caught.value.field == "data.corpus"
    assert "the Hugging Face hub cannot be reached (ConnectError)" in caught.value.message


def test_word_that_names_no_dataset_is_refused() -> None:
    with pytest.raises(ForesightError, match="'hf:sums' names no dataset"):
        read_corpus(DataConfig(corpus="hf:sums"))
