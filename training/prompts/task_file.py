"""tasks.parquet: the tasks of a run in training order, all of one method.

The file's metadata name what the tasks are (`token`, `segment` or `problem`) and, of next-token tasks, the
constant answer they are compared with. A file that names no kind was written before there were several.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.contract.errors import ForesightError
from training.records import AnyTask, ProblemTask, SegmentTask, Task, TokenPosition

_CONSTANT_KEY = b"foresight.constant_answer_hex"
_KIND_KEY = b"foresight.kind"

_PROMPT_COLUMNS = [
    ("prompt", pa.string()),
    ("prompt_ids", pa.list_(pa.int32())),
    ("think_prefilled", pa.bool_()),
]
TOKEN_SCHEMA = pa.schema(
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
SEGMENT_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("document", pa.int32()),
        ("document_name", pa.string()),
        ("index", pa.int32()),
        ("byte_start", pa.int64()),
        ("byte_end", pa.int64()),
        ("context", pa.string()),
        ("following", pa.string()),
        ("references", pa.list_(pa.string())),
        *_PROMPT_COLUMNS,
    ]
)
PROBLEM_SCHEMA = pa.schema(
    [
        ("document", pa.int32()),
        ("document_name", pa.string()),
        ("problem", pa.string()),
        ("answer", pa.string()),
        *_PROMPT_COLUMNS,
    ]
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of task in a file. The columns are the fields of its record under their own names."""

    name: str
    record: type[AnyTask]
    schema: pa.Schema
    lists: tuple[str, ...]  # fields that are tuples


_KINDS = (
    _Kind("token", Task, TOKEN_SCHEMA, ("prompt_ids", "context_ids", "boundaries")),
    _Kind("segment", SegmentTask, SEGMENT_SCHEMA, ("prompt_ids", "references")),
    _Kind("problem", ProblemTask, PROBLEM_SCHEMA, ("prompt_ids",)),
)


@dataclass(frozen=True, slots=True)
class TaskFile:
    """What a task file holds."""

    tasks: tuple[AnyTask, ...]  # in training order, all of one class
    constant_answer: bytes  # right for most of the training positions; b"" where the tasks are no tokens

    @property
    def token_tasks(self) -> tuple[Task, ...]:
        """The tasks of a next-token run. Raises ForesightError for those of another method."""
        found = tuple(task for task in self.tasks if isinstance(task, Task))
        if len(found) < len(self.tasks):
            raise ForesightError(
                "The task file holds no next-token tasks.",
                field="tasks",
                remedy="Name a file of a next-token run (RPT).",
            )
        return found


def write_tasks(path: Path, tasks: Sequence[AnyTask], constant_answer: bytes = b"") -> None:
    """Write `tasks` to `path`, whole or not at all: a reader never sees half a file.

    Raises ValueError when they are of several classes.
    """
    kind = next((kind for kind in _KINDS if tasks and isinstance(tasks[0], kind.record)), _KINDS[0])
    if not all(isinstance(task, kind.record) for task in tasks):
        raise ValueError("a task file holds tasks of one class")
    schema = kind.schema.with_metadata(
        {_KIND_KEY: kind.name.encode(), _CONSTANT_KEY: constant_answer.hex().encode()}
    )
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
    name = metadata.get(_KIND_KEY, b"token").decode()
    kind = next((kind for kind in _KINDS if kind.name == name), None)
    if kind is None:
        raise ForesightError(
            f"{path.name} holds tasks of the unknown kind {name!r}.",
            field="tasks",
            remedy="Read it with the version of Foresight that wrote it.",
        )
    constant = bytes.fromhex(metadata[_CONSTANT_KEY].decode())
    return TaskFile(tuple(_task(kind, row) for row in table.to_pylist()), constant)


def _task(kind: _Kind, row: dict[str, Any]) -> AnyTask:
    fields = row | {name: tuple(row[name]) for name in kind.lists}
    if kind.record is Task:
        fields["position"] = TokenPosition(**row["position"])
    return kind.record(**fields)
