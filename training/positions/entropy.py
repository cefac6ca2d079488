"""The entropy of a next-token distribution, three ways (METHODS A2). Pure functions on log-probs.

With p the model's probabilities and K its k most likely tokens, in nats:
renormalised  H = -sum over K of q ln q,  q = p / sum over K of p    range [0, ln k]
raw           H = -sum over K of p ln p
full          H = -sum over the vocabulary of p ln p                 range [0, ln V]
"""

from __future__ import annotations

from torch import Tensor


def renormalised_entropy(top_logprobs: Tensor) -> Tensor:
    """[..., k] log-probs (or logits: a shared offset cancels) of the top k -> [...] nats."""
    return full_entropy(top_logprobs.log_softmax(-1))


def raw_entropy(top_logprobs: Tensor) -> Tensor:
    """[..., k] log-probs of the top k under the whole vocabulary -> [...] nats."""
    return full_entropy(top_logprobs)


def full_entropy(logprobs: Tensor) -> Tensor:
    """[..., V] log-probs -> [...] nats; a token of probability 0 (log-prob -inf) adds nothing."""
    probabilities = logprobs.exp()
    # 0 * -inf is NaN; the largest finite negative stands for -inf, and 0 times it is 0.
    finite = logprobs.clamp(min=-1e30)
    return -(probabilities * finite).sum(-1).clamp(max=0.0)
