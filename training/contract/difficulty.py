"""Easy, medium and hard positions: nested by a reference model's entropy (METHODS A8). Pure."""

from __future__ import annotations

from typing import Literal

Split = Literal["easy", "medium", "hard"]

THRESHOLDS: dict[Split, float] = {"easy": 0.5, "medium": 1.0, "hard": 1.5}
"""A position belongs to a split when its entropy is above this, nats. A hard one is medium and easy too."""
EASIEST = min(THRESHOLDS.values())


def splits_of(entropy: float) -> tuple[Split, ...]:
    """The splits that a position of this entropy (nats) belongs to; none at 0.5 and below."""
    return tuple(split for split, threshold in THRESHOLDS.items() if entropy > threshold)
