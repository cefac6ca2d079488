"""Writes positions.parquet, summary.json and vocabulary.json (layout: `contract/positions_file.py`).

Takes scores document by document and holds one row group at a time. Reading is the contract's
(pages) and `select.py`'s (training).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.contract.positions_file import (
    COLUMNS,
    HISTOGRAM_BIN,
    POSITIONS_FILE,
    SUMMARY_FILE,
    VOCABULARY_FILE,
    PositionsSummary,
)
from training.contract.settings.text import PositionsConfig
from training.models.fingerprint import weights_sha256
from training.models.token_bytes import TokenBytes
from training.positions.scorer import Columns, DocumentScores

ROW_GROUP = 1 << 16  # rows

_INT32, _FLOAT32, _BOOL = pa.int32(), pa.float32(), pa.bool_()
_TYPES: dict[str, pa.DataType] = {
    "window_start": _BOOL,
    "inside_character": _BOOL,
    "entropy": _FLOAT32,
    "truth_logprob": _FLOAT32,
    "top_ids": pa.list_(_INT32),
    "top_logprobs": pa.list_(_FLOAT32),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, _INT32)) for name in COLUMNS])


class _Counts:
    """What the summary says of the rows, gathered as they pass."""

    def __init__(self) -> None:
        self.tokens = 0
        self.seconds = 0.0
        self.positions: dict[int, int] = {}
        self.skipped: dict[int, str] = {}
        self.histogram = np.zeros(0, dtype=np.int64)
        self.highest = 0.0
        self.token_ids: set[int] = set()

    def add(self, scores: DocumentScores) -> None:
        self.seconds += scores.seconds
        if scores.skipped:
            self.skipped[scores.document] = scores.skipped
            return
        entropy = scores.columns["entropy"]
        self.tokens += scores.tokens
        self.positions[scores.document] = len(entropy)
        if not len(entropy):
            return
        found = np.bincount((entropy.astype(np.float64) / HISTOGRAM_BIN).astype(np.int64))
        if len(found) > len(self.histogram):
            self.histogram = np.pad(self.histogram, (0, len(found) - len(self.histogram)))
        self.histogram[: len(found)] += found
        self.highest = max(self.highest, float(entropy.max()))
        for name in ("token_id", "top_ids"):
            self.token_ids.update(np.unique(scores.columns[name]).tolist())


def write_positions(
    scored: Iterable[DocumentScores],
    out: Path,
    *,
    model: Path,
    token_bytes: TokenBytes,
    documents_sha256: str,
    settings: PositionsConfig,
) -> PositionsSummary:
    """Write the three files into the folder `out`; the summary last, so that it vouches for the others.

    `scored` comes sorted by document.
    """
    counts = _Counts()
    waiting: list[Columns] = []
    with pq.ParquetWriter(out / POSITIONS_FILE, SCHEMA, compression="zstd") as writer:
        for scores in scored:
            counts.add(scores)
            waiting.append(scores.columns)
            if sum(len(columns["index"]) for columns in waiting) >= ROW_GROUP:
                writer.write_table(columns_table(waiting), row_group_size=ROW_GROUP)
                waiting = []
        writer.write_table(columns_table(waiting), row_group_size=ROW_GROUP)
    seconds = counts.seconds
    vocabulary = {str(token_id): token_bytes.readable(token_id) for token_id in sorted(counts.token_ids)}
    (out / VOCABULARY_FILE).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    summary = PositionsSummary(
        model=model.name,
        weights_sha256=weights_sha256(model),
        documents_sha256=documents_sha256,
        entropy=settings.entropy,
        top_k=settings.top_k,
        window=settings.window,
        window_overlap=settings.window_overlap,
        documents=len(counts.positions),
        tokens=counts.tokens,
        positions=sum(counts.positions.values()),
        positions_per_document=counts.positions,
        histogram=tuple(counts.histogram.tolist()),
        highest_entropy=counts.highest,
        skipped_documents=counts.skipped,
        seconds=seconds,
        tokens_per_second=counts.tokens / seconds if seconds > 0 else 0.0,
    )
    (out / SUMMARY_FILE).write_text(summary.model_dump_json(indent=1), encoding="utf-8")
    return summary


def columns_table(parts: Sequence[Columns]) -> pa.Table:
    """The columns of several documents as one table, end to end."""
    return pa.concat_tables(
        [SCHEMA.empty_table()]
        + [pa.table([_array(part[field.name], field) for field in SCHEMA], schema=SCHEMA) for part in parts]
    )


def _array(values: np.ndarray, field: pa.Field) -> pa.Array:
    if not pa.types.is_list(field.type):
        return pa.array(values, type=field.type)
    rows, width = values.shape
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * np.int32(width))
    flat = pa.array(np.ascontiguousarray(values).reshape(-1), type=field.type.value_type)
    return pa.ListArray.from_arrays(offsets, flat, type=field.type)
