"""positions.parquet and what lies beside it: the columns, the summary, and how a page reads them.

One row is one scored token position; rows are sorted by document and token index and lie in row
groups of about 64k rows, so that one document is read without the rest. `summary.json` holds a
`PositionsSummary`, `vocabulary.json` the readable text of every token id that occurs. Written by
`training/positions/table.py`. pyarrow is imported when a file is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from training.contract.selection import BY_SHARE, USABLE_COLUMNS, keeps, share_count, usable
from training.contract.settings.text import PositionsConfig

if TYPE_CHECKING:
    import pyarrow

POSITIONS_FILE = "positions.parquet"
SUMMARY_FILE = "summary.json"
VOCABULARY_FILE = "vocabulary.json"
HISTOGRAM_BIN = 0.01  # nats

COLUMNS = {
    "document": "Document.index",
    "index": "token index of the target inside its document, from 1",
    "byte_start": "where the target's bytes begin in the document's UTF-8 bytes",
    "byte_end": "where they end (exclusive)",
    "token_id": "the target, in the scoring model's vocabulary",
    "context_tokens": "tokens of context it was scored with",
    "window_start": "the first position scored in its window",
    "inside_character": "the target begins inside a UTF-8 character: it cannot be a task",
    "entropy": "nats, by the estimator of the scan",
    "truth_logprob": "log p(target | context) over the whole vocabulary, nats",
    "truth_rank": "tokens more likely than the target; 0: it is the argmax",
    "argmax_id": "the most likely token",
    "top_ids": "the k most likely tokens, most likely first",
    "top_logprobs": "their log-probs over the whole vocabulary, nats",
}


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One row of positions.parquet; fields as in `COLUMNS`."""

    document: int
    index: int
    byte_start: int
    byte_end: int
    token_id: int
    context_tokens: int
    window_start: bool
    inside_character: bool
    entropy: float
    truth_logprob: float
    truth_rank: int
    argmax_id: int
    top_ids: list[int]
    top_logprobs: list[float]


class PositionsSummary(BaseModel):
    """What a scan covered and found, whatever threshold is chosen later."""

    model_config = ConfigDict(frozen=True)

    model: str  # name of the scoring model's folder
    weights_sha256: str
    documents_sha256: str  # over the documents' texts
    entropy: str  # estimator: renormalised, raw or full
    top_k: int
    window: int  # tokens
    window_overlap: int  # tokens
    documents: int
    tokens: int  # of all scored documents; each document's first token is no position
    positions: int
    positions_per_document: dict[int, int]  # Document.index -> rows
    histogram: tuple[int, ...]  # rows per entropy bin of HISTOGRAM_BIN nats, from 0 on
    highest_entropy: float  # nats; 0 when there is no position
    skipped_documents: dict[int, str]  # Document.index -> why it was not scored
    seconds: float  # wall time of the scoring
    tokens_per_second: float


def read_summary(positions: Path) -> PositionsSummary:
    """The summary beside a positions file. Raises FileNotFoundError where there is none."""
    return PositionsSummary.model_validate_json((positions.parent / SUMMARY_FILE).read_bytes())


def read_vocabulary(positions: Path) -> dict[int, str]:
    """Token id -> readable text, for every id that occurs in a positions file."""
    stored = json.loads((positions.parent / VOCABULARY_FILE).read_text(encoding="utf-8"))
    return {int(token_id): text for token_id, text in stored.items()}


def read_document_positions(
    positions: Path, document: int, start: int = 0, stop: int | None = None
) -> list[PositionRow]:
    """One document's rows with `start` <= token index < `stop`, in order; none for an unknown document."""
    table = _read(positions, document, start, stop)
    return [PositionRow(**row) for row in table.to_pylist()]


def count_kept(positions: Path, settings: PositionsConfig, documents: Collection[int] | None = None) -> int:
    """How many positions a selection would keep; the same number `training/positions/select.py` selects.

    `documents`: only these (Document.index); None takes all.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    usable_positions = kept = 0
    only = None if documents is None else pa.array(sorted(documents), pa.int64())
    with pq.ParquetFile(positions) as file:
        for batch in file.iter_batches(columns=[*USABLE_COLUMNS, "document", "entropy"]):
            fit = batch.filter(usable(batch, settings.min_context))
            if only is not None:
                fit = fit.filter(pc.is_in(pc.cast(fit["document"], "int64"), value_set=only))
            usable_positions += fit.num_rows
            if settings.selection not in BY_SHARE:
                kept += pc.sum(keeps(fit, settings)).as_py() or 0
    return share_count(settings.share, usable_positions) if settings.selection in BY_SHARE else kept


def _read(positions: Path, document: int, start: int, stop: int | None) -> pyarrow.Table:
    import pyarrow.parquet as pq

    wanted = [("document", "=", document), ("index", ">=", start)]
    if stop is not None:
        wanted.append(("index", "<", stop))
    return pq.read_table(positions, columns=list(COLUMNS), filters=wanted)
