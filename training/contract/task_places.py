"""The places in a task file, for a list to pick from: what a run trains on, or holds out.

Columns as `training/prompts/task_file.py` writes them. pyarrow is imported when a file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

_TAIL = 72  # characters
TRAINED, HELD_OUT = "work/tasks.parquet", "work/held_out.parquet"
"""Relative to the run folder."""


@dataclass(frozen=True, slots=True)
class Place:
    """One task."""

    kind: str  # token, segment or problem
    document: int
    document_name: str
    byte_start: int  # of the target in the document; 0 of a problem
    entropy: float | None  # nats; None where no position was scored
    context: str  # as the policy sees it; the problem
    truth: str  # the true continuation; the target segment; the right answer

    @property
    def tail(self) -> str:
        """The end of the context, for a list."""
        return self.context[-_TAIL:]


def read_places(path: Path, first: int, count: int) -> tuple[int, list[Place]]:
    """How many tasks the file holds, and those from place `first` on, in the file's order.

    Raises FileNotFoundError, or ValueError (pyarrow's too) for a file that is none of ours.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        total: int = file.metadata.num_rows
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        batches = file.iter_batches(batch_size=max(1, count), columns=columns)
        skip, inside = divmod(first, max(1, count))
        rows = [row for batch in islice(batches, skip, skip + 2) for row in batch.to_pylist()]
    return total, [_place(row) for row in rows[inside : inside + count]]


_COLUMNS = (
    "position",
    "document",
    "document_name",
    "byte_start",
    "context",
    "problem",
    "truth",
    "references",
    "answer",
)


def _place(row: dict[str, Any]) -> Place:
    name = row["document_name"]
    if "position" in row:
        at, truth = row["position"], row["truth"].decode("utf-8", "replace")
        return Place("token", at["document"], name, at["byte_start"], at["entropy"], row["context"], truth)
    if "problem" in row:
        return Place("problem", row["document"], name, 0, None, row["problem"], row["answer"])
    return Place(
        "segment", row["document"], name, row["byte_start"], None, row["context"], row["references"][0]
    )
