"""RPT's prefix-matching reward (RPT Eq. 3), on raw bytes. Pure; extraction is in `extract.py`."""

from __future__ import annotations

from collections.abc import Sequence

from training.records import Reason


def prefix_reward(prediction: bytes, truth: bytes, boundaries: Sequence[int]) -> tuple[float, Reason]:
    """Judge a prediction against the true continuation (RPT Eq. 3).

    r = 1 if y = x[:l] and l is in L, else 0, with y the prediction's bytes, l = len(y), x the
    continuation's bytes and L the cumulative byte lengths of the continuation's own tokens.
    0 is never in L. Several tokens may be predicted at once, and the prediction need not be a
    token of the vocabulary.

    Args:
        prediction: y.
        truth: x, up to the horizon. Nothing is known beyond it, so a longer prediction is a mismatch.
        boundaries: L, from the original token ids; lengths in bytes, rising.

    Returns:
        The reward and its reason: `match` (1.0), `empty`, `boundary_miss` (the bytes are right but
        end inside a token) or `mismatch`.
    """
    if not prediction:
        return 0.0, "empty"
    if not truth.startswith(prediction):
        return 0.0, "mismatch"
    if len(prediction) not in boundaries:
        return 0.0, "boundary_miss"
    return 1.0, "match"
