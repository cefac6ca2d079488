"""The learning rate of a step, as the engine's own schedules have it. Pure."""

from __future__ import annotations

import math
from typing import Literal


def learning_rate(
    peak: float,
    step: int,
    steps: int,
    *,
    schedule: Literal["constant", "cosine"] = "cosine",
    warmup: int = 0,
    lowest_share: float = 0.0,
) -> float:
    """The rate of step `step` (from 1) of `steps`.

    It rises evenly from 0 over the first `warmup` steps, the first of them made at 0, and is `peak` after
    them. Then it stays, or falls along a cosine that would reach `lowest_share` of `peak` one step after
    the last. These are the engine's rules, so that a setting means the same in every method.
    """
    done = step - 1
    if done < warmup:
        return peak * done / warmup
    if schedule == "constant":
        return peak
    progress = (done - warmup) / max(1, steps - warmup)
    return peak * (lowest_share + (1 - lowest_share) * 0.5 * (1 + math.cos(math.pi * progress)))
