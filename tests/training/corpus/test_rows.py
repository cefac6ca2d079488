"""Rows with all their fields: of every format, and what is said where there are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.contract.errors import ForesightError
from training.contract.settings.text import SourceConfig
from training.corpus.rows import open_rows

ROWS = [
    {"question": "1 + 1?", "choices": ["1", "2"], "answer": 1},
    {"question": "", "choices": [], "answer": 0},
]


def source(path: Path) -> SourceConfig:
    return SourceConfig(corpus=str(path))


def test_rows_of_json_and_parquet_have_the_same_values(tmp_path: Path) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.encode()))
    table = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), table)
    for path, places in ((packed, ["line 1", "line 2"]), (table, ["row 1", "row 2"])):
        opened = open_rows(source(path), nested=("choices", "answer"))
        rows = list(opened.rows)
        assert [dict(row.values) for row in rows] == ROWS
        assert [row.place for row in rows] == places
        assert opened.name == path.name
    assert (open_rows(source(packed)).format, open_rows(source(packed)).compression) == ("jsonl", "gzip")


def test_column_that_is_not_asked_for_is_named_by_its_type(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    first = next(open_rows(source(path)).rows)
    assert (first.values["question"], repr(first.values["answer"])) == ("1 + 1?", "int64")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", "a.txt has no rows of named fields."),
        ("gone.jsonl", "There is no file {folder}/gone.jsonl."),
    ],
)
def test_corpus_without_rows_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ForesightError) as caught:
        open_rows(source(tmp_path / name))
    assert (caught.value.message, caught.value.field) == (message.format(folder=tmp_path), "data.corpus")
