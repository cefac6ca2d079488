"""Keeps the finished parts of a scan on the disk, so that one that was stopped goes on where it was.

One parquet file a part, in a folder that belongs to one scan alone: its name says documents, weights
and settings. A part that is damaged, or was cut otherwise, counts as not kept.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.positions.scorer import Columns, DocumentScores
from training.positions.table import SCHEMA, columns_table
from training.records import Document

_ABOUT = b"foresight.part"


class ScanParts:
    """The parts in one folder, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, number: int, documents: Sequence[Document]) -> tuple[DocumentScores, ...] | None:
        """Part `number` if it is kept whole and covers these documents."""
        try:
            table = pq.read_table(self._file(number))
            about = json.loads(table.schema.metadata[_ABOUT])
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            return None  # absent or damaged: it is scored again
        if [one["document"] for one in about] != [document.index for document in documents]:
            return None
        return tuple(_scores(table, about))

    def write(self, number: int, scores: Sequence[DocumentScores]) -> None:
        """Keep a part; it is whole or not there."""
        rows = [len(one.columns["index"]) for one in scores]
        about = [
            {
                "document": one.document,
                "tokens": one.tokens,
                "rows": count,
                "skipped": one.skipped,
                "seconds": one.seconds,
            }
            for one, count in zip(scores, rows, strict=True)
        ]
        table = columns_table([one.columns for one in scores])
        table = table.replace_schema_metadata({_ABOUT: json.dumps(about)})
        partial = self._folder / f".{number}.{os.getpid()}.partial"
        try:
            self._folder.mkdir(exist_ok=True)
            pq.write_table(table, partial, compression="zstd")
            partial.replace(self._file(number))
        except FileNotFoundError:
            return  # another process has finished this very scan meanwhile and cleared its parts

    def clear(self) -> None:
        """Forget all parts."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06d}.parquet"


def _scores(table: pa.Table, about: list[dict[str, object]]) -> Iterator[DocumentScores]:
    """The rows of each document again, as they were scored."""
    columns = {field.name: _array(table[field.name], field) for field in SCHEMA}
    start = 0
    for one in about:
        stop = start + int(str(one["rows"]))
        part: Columns = {name: values[start:stop] for name, values in columns.items()}
        start = stop
        yield DocumentScores(
            document=int(str(one["document"])),
            tokens=int(str(one["tokens"])),
            columns=part,
            skipped=str(one["skipped"]),
            seconds=float(str(one["seconds"])),
        )


def _array(column: pa.ChunkedArray, field: pa.Field) -> np.ndarray:
    """[N], or [N, k] where the column holds lists."""
    if not pa.types.is_list(field.type):
        return column.to_numpy()
    rows = len(column)
    flat = np.asarray(column.combine_chunks().flatten().to_numpy())
    return flat.reshape(rows, len(flat) // rows if rows else 0)
