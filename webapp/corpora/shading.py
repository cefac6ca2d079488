"""What the atlas draws a document with: its text, where tokens end in it, and their entropies.

All of it is small enough to be sent at once, so that a page can draw any part of the document, and try any
threshold, without asking again. What a token's likely alternatives were is asked for by the part.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from training.contract.positions_file import HISTOGRAM_BIN
from training.contract.selection import USABLE_COLUMNS, usable
from webapp.corpora.positions import SHOWN, floor_of_character

_A_NAT = round(1 / HISTOGRAM_BIN)
_ROUNDING = 1e-9  # 0.29 x 100 is a little less than 29
_TWO_UNITS = 0xFFFF  # characters above it take two units of a script's string


class Shading(NamedTuple):
    """A document's positions in order of token index, from `first` on. A plain tuple: there are many."""

    text: str  # up to the end of the last position that is shown
    lead: int  # length of the text before the first position: the document's first token has no context
    first: int  # token index of the first position
    positions: int  # of the whole document; may be more than are listed
    lengths: list[int]  # of each position's text, in the units of a script's string; 0 inside a character
    entropy: str  # `packed` hundredths of a nat, cut (not rounded): as exact as a threshold is
    unusable: list[int]  # places that cannot be kept
    windows: list[int]  # places at which a scoring window starts, but for the first


def shading(positions: Path, document: int, text: str, min_context: int) -> Shading:
    """Read a document's part of a positions file. An unknown document has no positions."""
    import pyarrow.parquet as pq

    names = {"index", "byte_start", "byte_end", "entropy", "window_start", *USABLE_COLUMNS}
    table = pq.read_table(positions, columns=sorted(names), filters=[("document", "=", document)])
    shown = table.slice(0, SHOWN)
    rows = shown.to_pydict()
    raw = text.encode()
    ends = [floor_of_character(raw, end) for end in rows["byte_end"]]
    starts = [floor_of_character(raw, start) for start in rows["byte_start"]]
    units = script_offsets(raw)
    return Shading(
        text=raw[: ends[-1] if ends else 0].decode(),
        lead=units[starts[0]] if starts else 0,
        first=rows["index"][0] if starts else 0,
        positions=len(table),
        lengths=[units[end] - units[start] for start, end in zip(starts, ends, strict=True)],
        entropy=packed(math.floor(value * _A_NAT + _ROUNDING) for value in rows["entropy"]),
        unusable=[place for place, fit in enumerate(usable(shown, min_context).to_pylist()) if not fit],
        windows=[
            place
            for place, starts_window in enumerate(rows["window_start"])
            if starts_window and rows["index"][place] > 1
        ],
    )


def packed(numbers: Iterable[int]) -> str:
    """Numbers below 65,536 as base64: the low bytes of all, then their high bytes. Compressed it is a fifth
    smaller than their digits."""
    both = list(numbers)
    return b64encode(bytes(one & 255 for one in both) + bytes(one >> 8 for one in both)).decode()


def script_offsets(raw: bytes) -> range | list[int]:
    """For each byte offset of a text (its end too), how many units of a script's string lie before it."""
    if raw.isascii():
        return range(len(raw) + 1)
    sizes = (
        size
        for character in raw.decode()
        for size in ((1 + (ord(character) > _TWO_UNITS)), *([0] * (len(character.encode()) - 1)))
    )
    return list(accumulate(sizes, initial=0))
