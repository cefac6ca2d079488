"""Positions of a scan as the pages need them: a histogram, a document's entropies, its tokens.

Which positions are usable, and which a selection keeps, is said by `training/contract/selection.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.contract.positions_file import (
    HISTOGRAM_BIN,
    PositionRow,
    count_kept,
    read_document_positions,
    read_vocabulary,
)
from training.contract.selection import USABLE_COLUMNS, usable
from training.contract.settings.text import PositionsConfig

if TYPE_CHECKING:
    import pyarrow

SHOWN = 200_000
"""Positions of one document that a page shows at most."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The entropies of a document's positions, in order of token index from `first` on."""

    first: int  # token index of the first position
    positions: int  # of the whole document; may be more than are listed
    entropy: list[float]  # nats, cut (not rounded) to four decimals
    unusable: list[int]  # places in `entropy` that cannot be kept


def usable_histogram(positions: Path, min_context: int) -> tuple[int, ...]:
    """Usable positions of the whole scan per entropy bin of HISTOGRAM_BIN nats, from 0 on."""
    return _histogram(positions, positions.stat().st_mtime_ns, min_context)


def kept(positions: Path, settings: PositionsConfig, documents: frozenset[int] | None = None) -> int:
    """How many positions a selection keeps, of some documents or of all."""
    return _kept(positions, positions.stat().st_mtime_ns, settings, documents)


def overview(positions: Path, document: int, min_context: int) -> Overview:
    """What a page draws before it has any token. An unknown document has no positions."""
    import pyarrow.parquet as pq

    names = ["index", "entropy", *USABLE_COLUMNS]
    table = pq.read_table(positions, columns=names, filters=[("document", "=", document)])
    shown = table.slice(0, SHOWN)
    fit = usable(shown, min_context).to_pylist()
    unusable = [place for place, whole in enumerate(fit) if not whole]
    return Overview(
        first=shown["index"][0].as_py() if len(shown) else 0,
        positions=len(table),
        entropy=[_cut(value) for value in shown["entropy"].to_pylist()],
        unusable=unusable,
    )


def tokens(positions: Path, document: int, text: str, start: int, stop: int) -> dict[str, Any]:
    """The tokens with `start` <= index < `stop`: text, figures, likely tokens; and the ids' words."""
    rows = read_document_positions(positions, document, start, stop)
    words = _vocabulary(positions, positions.stat().st_mtime_ns)
    used = {token for row in rows for token in (row.token_id, *row.top_ids)}
    raw = text.encode()
    lead = raw[: rows[0].byte_start].decode(errors="replace") if rows and rows[0].index == 1 else ""
    return {
        "lead": lead,  # the document's first token has no context and is no position
        "rows": list(_shown(rows, raw)),
        "words": {token: words.get(token, "") for token in sorted(used)},
    }


def _shown(rows: list[PositionRow], raw: bytes) -> Iterator[dict[str, Any]]:
    for row in rows:
        shown = asdict(row)
        shown["text"] = piece(raw, row.byte_start, row.byte_end)
        shown["top_logprobs"] = [round(value, 4) for value in row.top_logprobs]
        for name in ("entropy", "truth_logprob"):
            shown[name] = round(shown[name], 4)
        yield shown


def piece(raw: bytes, start: int, stop: int) -> str:
    """The characters that end inside raw[start:stop]: pieces of neighbouring tokens tile the text.

    A token that ends inside a character shows nothing; the one that completes it shows it whole.
    """
    return raw[floor_of_character(raw, start) : floor_of_character(raw, stop)].decode(errors="replace")


def floor_of_character(raw: bytes, offset: int) -> int:
    """The start of the character that `offset` lies in."""
    while 0 < offset < len(raw) and raw[offset] & 0b1100_0000 == 0b1000_0000:
        offset -= 1
    return offset


@lru_cache(maxsize=32)
def _histogram(positions: Path, modified: int, min_context: int) -> tuple[int, ...]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(positions, columns=["entropy", *USABLE_COLUMNS])
    table = table.filter(usable(table, min_context))
    bins = pc.cast(pc.floor(pc.divide(table["entropy"], HISTOGRAM_BIN)), "int32")
    return _dense(pc.value_counts(bins))


def _cut(value: float) -> float:
    """Four decimals, never upwards: a value under a threshold of two decimals stays under it."""
    return math.floor(value * 10_000) / 10_000


def _dense(counts: pyarrow.StructArray) -> tuple[int, ...]:
    by_bin = {item["values"]: item["counts"] for item in counts.to_pylist()}
    return tuple(by_bin.get(place, 0) for place in range(max(by_bin, default=-1) + 1))


@lru_cache(maxsize=256)
def _kept(positions: Path, modified: int, settings: PositionsConfig, documents: frozenset[int] | None) -> int:
    return count_kept(positions, settings, documents)


@lru_cache(maxsize=4)
def _vocabulary(positions: Path, modified: int) -> dict[int, str]:
    return read_vocabulary(positions)
