"""The answers of an evaluation on tasks as parquet: one row for each task and kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.contract.task_answers import COLUMNS, ROWS_TOGETHER
from training.evaluation.task_scores import TaskAnswers

_TYPES = {
    "document": pa.int32(),
    "samples": pa.int32(),
    "right": pa.int32(),
    "predictions": pa.list_(pa.string()),
    "reasons": pa.list_(pa.string()),
    "lengths": pa.list_(pa.int32()),
    "truncated": pa.list_(pa.bool_()),
    "responses": pa.list_(pa.string()),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


def write_task_answers(path: Path, answered: Sequence[TaskAnswers]) -> None:
    """Write the answers to `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([_row(one) for one in answered], schema=SCHEMA)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        pq.write_table(table, file, compression="zstd", row_group_size=ROWS_TOGETHER)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _row(one: TaskAnswers) -> dict[str, object]:
    return {
        "kind": one.kind,
        "identity": one.identity,
        "document": one.document,
        "document_name": one.document_name,
        "asked": one.asked,
        "truth": one.truth,
        "samples": len(one.answers),
        "right": one.right,
        "predictions": [answer.prediction for answer in one.answers],
        "reasons": [answer.reason for answer in one.answers],
        "lengths": [answer.length for answer in one.answers],
        "truncated": [answer.truncated for answer in one.answers],
        "responses": [answer.response for answer in one.answers],
    }
