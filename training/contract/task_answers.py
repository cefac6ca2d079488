"""The answers of an evaluation on tasks: the columns of its parquet file, and how a page reads some rows.

One row is one task asked in one way. Written by `training/evaluation/task_table.py`. pyarrow is
imported when a file is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = {
    "kind": "how it was asked: task_result.ScoreKind",
    "identity": "names the task, the same whatever model is asked",
    "document": "0-based row of the problem set, or Document.index",
    "document_name": "a title for people",
    "asked": "the problem, the question with its choices, or the end of the context",
    "truth": "the right answer, or the target segment",
    "samples": "responses to it",
    "right": "right ones of them",
    "predictions": "the answer of each response as text; null: none in its form",
    "reasons": "records.Reason of each",
    "lengths": "tokens of each, the end token counted",
    "truncated": "whether each was stopped by the token limit",
    "responses": "each whole, special tokens kept",
}
ROWS_TOGETHER = 32
"""Rows of a row group: a page reads no more of the responses than these."""
_COUNTS = ["kind", "samples", "right"]
Counts = dict[tuple[str, str], tuple[int, int]]
"""(kind, identity) -> (right responses, responses)."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row of the file; fields as in `COLUMNS`."""

    row: int  # 0-based place in the file
    kind: str
    identity: str
    document: int
    document_name: str
    asked: str
    truth: str
    samples: int
    right: int
    predictions: tuple[str | None, ...]
    reasons: tuple[str, ...]
    lengths: tuple[int, ...]
    truncated: tuple[bool, ...]
    responses: tuple[str, ...]


def find_rows(path: Path, wanted: Callable[[str, int, int], bool]) -> list[int]:
    """The rows for which `wanted(kind, right, samples)` holds. Reads the counts alone."""
    import pyarrow.parquet as pq

    columns = pq.read_table(path, columns=_COUNTS).to_pydict()
    told = zip(columns["kind"], columns["right"], columns["samples"], strict=True)
    return [row for row, (kind, right, samples) in enumerate(told) if wanted(kind, right, samples)]


def read_counts(path: Path) -> Counts:
    """How often each task was solved: what lays several models side by side."""
    import pyarrow.parquet as pq

    columns = pq.read_table(path, columns=[*_COUNTS, "identity"]).to_pydict()
    told = zip(columns["kind"], columns["identity"], columns["right"], columns["samples"], strict=True)
    return {(kind, identity): (right, samples) for kind, identity, right, samples in told}


def read_rows(path: Path, rows: Sequence[int]) -> list[AnswerRow]:
    """These rows, in the order they are asked for; those beyond the end are left out."""
    import pyarrow.parquet as pq

    found: dict[int, AnswerRow] = {}
    with pq.ParquetFile(path) as file:
        first = 0
        for group in range(file.metadata.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            inside = [row for row in rows if first <= row < first + size]
            if inside:
                table = file.read_row_group(group, columns=list(COLUMNS))
                for row, values in zip(
                    inside, table.take([row - first for row in inside]).to_pylist(), strict=True
                ):
                    found[row] = _row(row, values)
            first += size
    return [found[row] for row in rows if row in found]


def _row(row: int, values: dict[str, Any]) -> AnswerRow:
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return AnswerRow(row=row, **{**values, **lists})
