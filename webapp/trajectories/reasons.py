"""The reasons that training stores, in words."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "match": "hit",
    "boundary_miss": "off boundary",
    "mismatch": "mismatch",
    "empty": "empty box",
    "no_box": "no box",
    "no_think_end": "thought never ended",
    "unbalanced": "box never closed",
    "truncated": "truncated",
}
