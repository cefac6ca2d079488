"""The answers of an evaluation as parquet: one row for each position and mode."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.evaluation.answers import Answered
from training.prompts.build import next_token

SCHEMA = pa.schema(
    [
        ("document", pa.int32()),
        ("document_name", pa.string()),
        ("byte_start", pa.int64()),
        ("entropy", pa.float64()),  # nats, of the reference model
        ("mode", pa.string()),
        ("next_token", pa.binary()),
        ("samples", pa.int32()),
        ("right", pa.int32()),  # of the samples
        ("predictions", pa.list_(pa.binary())),  # null: no readable box
        ("reasons", pa.list_(pa.string())),
        ("lengths", pa.list_(pa.int32())),  # tokens
        ("responses", pa.list_(pa.string())),
    ]
)


def write_answers(path: Path, answered: Sequence[Answered]) -> None:
    """Write the answers to `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([_row(one) for one in answered], schema=SCHEMA)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _row(one: Answered) -> dict[str, object]:
    position = one.task.position
    return {
        "document": position.document,
        "document_name": one.task.document_name,
        "byte_start": position.byte_start,
        "entropy": position.entropy,
        "mode": one.mode,
        "next_token": next_token(one.task),
        "samples": len(one.answers),
        "right": one.right,
        "predictions": [answer.prediction for answer in one.answers],
        "reasons": [answer.reason for answer in one.answers],
        "lengths": [answer.length for answer in one.answers],
        "responses": [answer.response for answer in one.answers],
    }
