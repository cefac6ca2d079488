"""Which scored positions a selection keeps: the rules that training and the pages share.

A position is usable when it has the minimum context and its target begins on a character and holds a
byte. Of the usable ones

- `threshold` keeps those with an entropy of at least `threshold`;
- `band` keeps those of at least `threshold` and below `upper_threshold`;
- `top_share` keeps the `share` with the highest entropy;
- `random` keeps a `share` drawn with the experiment's seed, whatever their entropy.

Says how many; which ones a share takes is `training/positions/select.py`'s. pyarrow is imported when
a table is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.contract.settings.text import PositionsConfig

if TYPE_CHECKING:
    import pyarrow

USABLE_COLUMNS = ("byte_start", "byte_end", "context_tokens", "inside_character")


def usable(table: pyarrow.Table | pyarrow.RecordBatch, min_context: int) -> Any:
    """A boolean column for a table or batch that holds `USABLE_COLUMNS`."""
    import pyarrow.compute as pc

    whole = pc.and_(pc.invert(table["inside_character"]), pc.less(table["byte_start"], table["byte_end"]))
    return pc.and_(whole, pc.greater_equal(table["context_tokens"], min_context))


def in_band(entropy: Any, settings: PositionsConfig) -> Any:
    """A boolean column: which entropies (nats) the threshold, and the upper one of a band, let pass."""
    import pyarrow.compute as pc

    passes = pc.greater_equal(entropy, settings.threshold)
    if settings.selection == "band":
        passes = pc.and_(passes, pc.less(entropy, settings.upper_threshold))
    return passes


def share_count(share: float, positions: int) -> int:
    """How many of `positions` a share keeps: to the nearest, at least one where there is one."""
    return min(positions, max(1, int(share * positions + 0.5)))


def in_words(settings: PositionsConfig) -> str:
    """The selection as the beginning of a sentence: "At 0.5 nats"."""
    if settings.selection == "threshold":
        return f"At {settings.threshold:g} nats"
    if settings.selection == "band":
        return f"From {settings.threshold:g} to {settings.upper_threshold:g} nats"
    if settings.selection == "top_share":
        return f"Taking the {100 * settings.share:g} % with the highest entropy"
    return f"Drawing {100 * settings.share:g} % at random"
