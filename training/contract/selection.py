"""Which scored positions a selection keeps: the rules that training and the pages share.

A position is usable when it has the minimum context and its target begins on a character and holds a
byte. Of the usable ones

- `threshold` keeps those with an entropy of at least `threshold`;
- `band` keeps those of at least `threshold` and below `upper_threshold`;
- `top_share` keeps the `share` with the highest entropy;
- `random` keeps a `share` drawn with the experiment's seed, whatever their entropy;
- `pass_rate` keeps those whose share of right rollouts, as a probe measured it, lies from
  `lowest_pass_rate` to `highest_pass_rate`.

Which ones a share takes is `training/positions/select.py`'s to say, how many is said here. pyarrow is
imported when a table is looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from training.contract.errors import ForesightError
from training.contract.probe_result import ProbedGroup
from training.contract.settings.text import PositionsConfig

if TYPE_CHECKING:
    import pyarrow

BY_SHARE = ("top_share", "random")
_SAME_ENTROPY = 1e-3  # nats: a probe of other text or another scan has no such position at the same place
_ROUNDING = 1e-6  # a sixth is typed as 0.166667
USABLE_COLUMNS = ("byte_start", "byte_end", "context_tokens", "inside_character")


class _Measured(BaseModel):
    """What is needed of a probe.json, whatever else it says."""

    groups: tuple[ProbedGroup, ...]


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


def keeps(table: pyarrow.Table | pyarrow.RecordBatch, settings: PositionsConfig) -> Any:
    """A boolean column for the selections that look at each position alone: all but those of a share.

    The table holds document, byte_start and entropy. Raises ForesightError, field `positions.pass_rates`.
    """
    if settings.selection != "pass_rate":
        return in_band(table["entropy"], settings)
    import pyarrow as pa

    measured = measured_entropies(settings)
    columns = (table[name].to_pylist() for name in ("document", "byte_start", "entropy"))
    return pa.array(
        abs(measured.get((document, start), -1.0) - entropy) < _SAME_ENTROPY
        for document, start, entropy in zip(*columns, strict=True)
    )


def measured_entropies(settings: PositionsConfig) -> dict[tuple[int, int], float]:
    """(document, first byte of the target) -> entropy of the positions whose pass rate is asked for.

    Raises ForesightError, field `positions.pass_rates`: there is no such file, or it is no probe's.
    """
    try:
        groups = _Measured.model_validate_json(Path(settings.pass_rates).read_bytes()).groups
    except (OSError, ValueError) as error:
        raise ForesightError(
            "The probe whose pass rates are asked for cannot be read.",
            field="positions.pass_rates",
            remedy="Name the probe.json of a finished probe, or choose another selection.",
        ) from error
    low, high = settings.lowest_pass_rate - _ROUNDING, settings.highest_pass_rate + _ROUNDING
    return {(one.document, one.byte_start): one.entropy for one in groups if low <= one.pass_rate <= high}


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
    if settings.selection == "random":
        return f"Drawing {100 * settings.share:g} % at random"
    return f"With pass rates from {settings.lowest_pass_rate:g} to {settings.highest_pass_rate:g}"
