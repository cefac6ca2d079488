"""tasks.parquet: the tasks of a run in training order, and the constant answer they are compared with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.contract.errors import ForesightError
from training.records import Task, TokenPosition

_CONSTANT_KEY = b"foresight.constant_answer_hex"

SCHEMA = pa.schema(
    [
        (
            "position",
            pa.struct(
                [
                    ("document", pa.int32()),
                    ("index", pa.int32()),
                    ("byte_start", pa.int64()),
                    ("byte_end", pa.int64()),
                    ("token_id", pa.int32()),
                    ("entropy", pa.float64()),
                    ("truth_logprob", pa.float64()),
                    ("truth_rank", pa.int32()),
                    ("argmax_id", pa.int32()),
                ]
            ),
        ),
        ("document_name", pa.string()),
        ("context", pa.string()),
        ("prompt", pa.string()),
        ("prompt_ids", pa.list_(pa.int32())),
        ("context_ids", pa.list_(pa.int32())),
        ("think_prefilled", pa.bool_()),
        ("truth", pa.binary()),
        ("boundaries", pa.list_(pa.int32())),
    ]
)
"""The columns: the fields of records.Task under their own names."""


@dataclass(frozen=True, slots=True)
class TaskFile:
    """What a task file holds."""

    tasks: tuple[Task, ...]  # in training order
    constant_answer: bytes  # the answer that is right for most of the training positions


def write_tasks(path: Path, tasks: Sequence[Task], constant_answer: bytes) -> None:
    """Write `tasks` to `path`, whole or not at all: a reader never sees half a file."""
    schema = SCHEMA.with_metadata({_CONSTANT_KEY: constant_answer.hex().encode()})
    table = pa.Table.from_pylist([asdict(task) for task in tasks], schema=schema)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_tasks(path: Path) -> TaskFile:
    """Read a task file. Raises ForesightError when there is none or it is not one of ours."""
    try:
        table = pq.read_table(path)
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise ForesightError(
            f"{path.name} is not a readable task file.", field="tasks", remedy="Build the prompts again."
        ) from error
    metadata = table.schema.metadata or {}
    if _CONSTANT_KEY not in metadata:
        raise ForesightError(
            f"{path.name} does not name its constant answer.",
            field="tasks",
            remedy="Build the prompts again.",
        )
    constant = bytes.fromhex(metadata[_CONSTANT_KEY].decode())
    return TaskFile(tuple(_task(row) for row in table.to_pylist()), constant)


def _task(row: dict[str, Any]) -> Task:
    lists = {name: tuple(row[name]) for name in ("prompt_ids", "context_ids", "boundaries")}
    return Task(**{**row, **lists, "position": TokenPosition(**row["position"])})
