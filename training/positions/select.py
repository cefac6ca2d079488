"""Chooses the positions to train on from a scanned corpus: by entropy, context and whole characters.

Reads the few columns it needs. Ordering and prompts come later.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from training.contract.errors import ForesightError
from training.records import TokenPosition

_FIELDS = (
    "document",
    "index",
    "byte_start",
    "byte_end",
    "token_id",
    "entropy",
    "truth_logprob",
    "truth_rank",
    "argmax_id",
)


def select_positions(
    positions: Path,
    *,
    threshold: float,
    min_context: int,
    documents: Collection[int] | None = None,
) -> tuple[TokenPosition, ...]:
    """The positions worth training on, sorted by document and token index (METHODS A2).

    Args:
        positions: a positions.parquet.
        threshold: lowest entropy kept, nats.
        min_context: fewest tokens of context that the position was scored with.
        documents: only these documents (Document.index); None takes all.

    A target that begins inside a UTF-8 character, where its context would end inside one, is never
    selected (METHODS A5), nor is a token of no bytes.

    Raises:
        ForesightError: field `positions.threshold`; nothing is left. Names the highest entropy found.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(positions, columns=[*_FIELDS, "context_tokens", "inside_character"])
    usable = pc.and_(
        pc.and_(pc.greater_equal(table["context_tokens"], min_context), pc.invert(table["inside_character"])),
        pc.less(table["byte_start"], table["byte_end"]),
    )
    if documents is not None:
        usable = pc.and_(usable, pc.is_in(table["document"], value_set=_int32(documents)))
    table = table.filter(usable)
    kept = table.filter(pc.greater_equal(table["entropy"], threshold)).select(list(_FIELDS))
    if not kept.num_rows:
        raise _nothing_left(threshold, min_context, pc.max(table["entropy"]).as_py())
    return tuple(TokenPosition(**row) for row in kept.to_pylist())


def _int32(values: Collection[int]) -> object:
    import pyarrow as pa

    return pa.array(sorted(values), type=pa.int32())


def _nothing_left(threshold: float, min_context: int, highest: float | None) -> ForesightError:
    if highest is None:
        return ForesightError(
            f"No position has {min_context} tokens of context.",
            field="positions.min_context",
            remedy="Lower the minimum context, or use longer documents.",
        )
    return ForesightError(
        f"No position has an entropy of {threshold:g} nats or more: the highest found is {highest:.3f}.",
        field="positions.threshold",
        remedy=f"Set the threshold to at most {highest:.3f}.",
    )
