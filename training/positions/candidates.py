"""What a model's logits say at each position: the top k, the entropy, the true token. Pure functions."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from training.positions.entropy import full_entropy, raw_entropy, renormalised_entropy

Estimator = Literal["renormalised", "raw", "full"]

_BLOCK = 64  # width of the blocks whose maxima narrow down the top k


def describe(logits: Tensor, truth: Tensor, k: int, estimator: Estimator) -> dict[str, Tensor]:
    """Columns of positions.parquet for rows of logits [n, V] whose true next tokens are `truth` [n].

    Gives entropy, truth_logprob, truth_rank, argmax_id, all [n], and top_ids, top_logprobs [n, k].
    """
    normaliser = logits.logsumexp(-1, keepdim=True)
    values, ids = top_k(logits, k)
    top_logprobs = values - normaliser
    if estimator == "full":
        entropy = full_entropy(logits - normaliser)
    elif estimator == "raw":
        entropy = raw_entropy(top_logprobs)
    else:
        entropy = renormalised_entropy(top_logprobs)
    true_logit = logits.gather(1, truth[:, None])
    return {
        "entropy": entropy,
        "truth_logprob": (true_logit - normaliser).squeeze(1),
        "truth_rank": (logits > true_logit).sum(-1, dtype=torch.int32),
        "argmax_id": ids[:, 0].int(),
        "top_ids": ids.int(),
        "top_logprobs": top_logprobs,
    }


def top_k(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of each row [n, V], largest first, and their places, both [n, k]. Exact.

    All of them lie in the k blocks with the largest maxima, so only those blocks are searched:
    several times faster than a top-k over a large vocabulary. Fewer than k when V is smaller.
    """
    rows, size = logits.shape
    k = min(k, size)
    if size % _BLOCK or size // _BLOCK <= k:
        values, ids = logits.topk(k, -1)
        return values, ids
    blocks = logits.view(rows, size // _BLOCK, _BLOCK)
    chosen = blocks.amax(-1).topk(k, -1, sorted=False).indices
    candidates = blocks.gather(1, chosen[:, :, None].expand(-1, -1, _BLOCK)).reshape(rows, -1)
    values, places = candidates.topk(k, -1)
    return values, chosen.gather(1, places // _BLOCK) * _BLOCK + places % _BLOCK
