"""A scan on disk: what is written is what is read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from training.contract.positions_file import (
    COLUMNS,
    count_kept,
    read_document_positions,
    read_summary,
    read_vocabulary,
)
from training.contract.settings.text import PositionsConfig
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.positions import table
from training.positions.scorer import DocumentScores, score_documents
from training.positions.table import write_positions
from training.records import Document

SETTINGS = PositionsConfig(window=64, window_overlap=16)


@pytest.fixture
def written(
    tiny_model: Path, documents: tuple[Document, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[DocumentScores]]:
    monkeypatch.setattr(table, "ROW_GROUP", 64)
    scored = [*score_documents(documents, tiny_model, SETTINGS)]
    write_positions(
        scored,
        tmp_path,
        model=tiny_model,
        token_bytes=TokenBytes(load_tokenizer(tiny_model)),
        documents_sha256="0" * 64,
        settings=SETTINGS,
    )
    return tmp_path / "positions.parquet", scored


def test_each_document_is_read_back_as_it_was_scored(written: tuple[Path, list[DocumentScores]]) -> None:
    path, scored = written
    for scores in scored:
        rows = read_document_positions(path, scores.document)
        assert len(rows) == len(scores.columns["index"])
        for place, row in enumerate(rows):
            for name in COLUMNS:
                value = scores.columns[name][place]
                assert getattr(row, name) == (
                    value.tolist() if isinstance(value, np.ndarray) else value.item()
                )


def test_part_of_a_document_is_read_by_token_index(written: tuple[Path, list[DocumentScores]]) -> None:
    path, _ = written
    assert [row.index for row in read_document_positions(path, 4, start=30, stop=33)] == [30, 31, 32]
    assert read_document_positions(path, 99) == []


def test_rows_lie_sorted_in_row_groups(written: tuple[Path, list[DocumentScores]]) -> None:
    path, _ = written
    file = pq.ParquetFile(path)
    assert file.num_row_groups > 1
    assert max(file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)) <= 64
    columns = file.read(columns=["document", "index"]).to_pydict()
    order = list(zip(columns["document"], columns["index"], strict=True))
    assert order == sorted(order)


def test_summary_counts_what_was_written(
    written: tuple[Path, list[DocumentScores]], tiny_model: Path
) -> None:
    path, scored = written
    summary = read_summary(path)
    counts = {scores.document: len(scores.columns["index"]) for scores in scored}
    entropy = np.concatenate([scores.columns["entropy"] for scores in scored])
    assert summary.positions_per_document == counts
    assert summary.positions == sum(summary.histogram) == len(entropy)
    assert summary.tokens == sum(scores.tokens for scores in scored)
    assert summary.highest_entropy == entropy.max()
    assert summary.histogram[200] == ((entropy >= 2.0) & (entropy < 2.01)).sum()
    assert len(summary.histogram) == int(entropy.max() / 0.01) + 1
    assert summary.model == tiny_model.name
    assert summary.skipped_documents == {}


def test_vocabulary_names_every_token_that_occurs(written: tuple[Path, list[DocumentScores]]) -> None:
    path, scored = written
    vocabulary = read_vocabulary(path)
    occurring = {int(value) for scores in scored for value in scores.columns["top_ids"].ravel()}
    occurring |= {int(value) for scores in scored for value in scores.columns["token_id"]}
    assert vocabulary.keys() == occurring


@pytest.mark.parametrize(("threshold", "min_context"), [(0.0, 1), (2.7, 1), (0.0, 20), (2.6, 20), (9.0, 1)])
def test_kept_positions_are_counted(
    written: tuple[Path, list[DocumentScores]], threshold: float, min_context: int
) -> None:
    path, scored = written
    expected = sum(
        int(
            (
                (scores.columns["entropy"] >= threshold)
                & (scores.columns["context_tokens"] >= min_context)
                & ~scores.columns["inside_character"]
            ).sum()
        )
        for scores in scored
    )
    settings = PositionsConfig(threshold=threshold, min_context=min_context)
    assert count_kept(path, settings) == expected


def test_corpus_without_positions_still_gives_a_file(tiny_model: Path, tmp_path: Path) -> None:
    empty = Document(index=0, name="d", text="x")
    summary = write_positions(
        score_documents([empty], tiny_model, SETTINGS),
        tmp_path,
        model=tiny_model,
        token_bytes=TokenBytes(load_tokenizer(tiny_model)),
        documents_sha256="0" * 64,
        settings=SETTINGS,
    )
    assert (summary.positions, summary.histogram, summary.highest_entropy) == (0, (), 0.0)
    assert read_document_positions(tmp_path / "positions.parquet", 0) == []
    assert count_kept(tmp_path / "positions.parquet", PositionsConfig(threshold=0.0, min_context=1)) == 0
