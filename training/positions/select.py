"""Chooses the positions to train on from a scanned corpus: by entropy or by lot, context, whole characters.

The rules stand in `contract/selection.py`. Reads the few columns it needs. Ordering and prompts come
later.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from pathlib import Path

import numpy as np

from training.contract.errors import ForesightError
from training.contract.selection import BY_SHARE, USABLE_COLUMNS, keeps, share_count, usable
from training.contract.settings.text import PositionsConfig
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
    settings: PositionsConfig,
    *,
    seed: int = 0,
    documents: Collection[int] | None = None,
) -> tuple[TokenPosition, ...]:
    """The positions worth training on, sorted by document and token index (METHODS A2).

    Args:
        positions: a positions.parquet.
        settings: the selection, its thresholds (nats) or share, and the minimum context.
        seed: draws the positions of a `random` selection.
        documents: only these documents (Document.index); None takes all.

    A target that begins inside a UTF-8 character, where its context would end inside one, is never
    selected (METHODS A5), nor is a token of no bytes.

    Raises:
        ForesightError: field `positions.threshold`, `positions.upper_threshold`,
            `positions.pass_rates` or `positions.min_context`; nothing is left.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(positions, columns=list(dict.fromkeys([*_FIELDS, *USABLE_COLUMNS])))
    table = table.filter(usable(table, settings.min_context))
    if documents is not None:
        table = table.filter(pc.is_in(table["document"], value_set=_int32(documents)))
    if settings.selection in BY_SHARE:
        kept = table.take(share_places(table["entropy"].to_numpy(), settings, seed))
    else:
        kept = table.filter(keeps(table, settings))
    if not kept.num_rows:
        raise _nothing_left(settings, pc.max(table["entropy"]).as_py())
    return tuple(TokenPosition(**row) for row in kept.select(list(_FIELDS)).to_pylist())


def share_places(entropy: np.ndarray, settings: PositionsConfig, seed: int) -> np.ndarray:
    """Places, rising, that `top_share` or `random` takes of usable positions with these entropies [N].

    Among equal entropies the earlier position is taken.
    """
    if not len(entropy):
        return np.zeros(0, dtype=np.int64)
    count = share_count(settings.share, len(entropy))
    if settings.selection == "random":
        return np.sort(np.asarray(random.Random(seed).sample(range(len(entropy)), count), dtype=np.int64))
    return np.sort(np.argsort(-entropy, kind="stable")[:count])


def _int32(values: Collection[int]) -> object:
    import pyarrow as pa

    return pa.array(sorted(values), type=pa.int32())


def _nothing_left(settings: PositionsConfig, highest: float | None) -> ForesightError:
    """`highest` is the highest entropy of the usable positions; None where there are none."""
    if highest is None:
        return ForesightError(
            f"No position has {settings.min_context} tokens of context.",
            field="positions.min_context",
            remedy="Lower the minimum context, or use longer documents.",
        )
    if settings.selection == "pass_rate":
        return ForesightError(
            "The probe measured no position of this text with a pass rate from "
            f"{settings.lowest_pass_rate:g} to {settings.highest_pass_rate:g}.",
            field="positions.pass_rates",
            remedy="Widen the pass rates, or make a larger probe of the same text with the same proxy.",
        )
    if settings.selection == "band" and highest >= settings.threshold:
        return ForesightError(
            f"No position has an entropy from {settings.threshold:g} to {settings.upper_threshold:g} nats.",
            field="positions.upper_threshold",
            remedy="Widen the band.",
        )
    return ForesightError(
        f"No position has an entropy of {settings.threshold:g} nats or more: the highest found is {highest:.3f}.",
        field="positions.threshold",
        remedy=f"Set the threshold to at most {highest:.3f}.",
    )
