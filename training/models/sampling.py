"""Draws one token per row from logits: temperature, nucleus, argmax; and the random numbers for it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def sampling_logprobs(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Log-probs [B, V] of the distribution that tokens are drawn from, in float32.

    Temperature first, then the nucleus: the smallest set of likely tokens whose mass reaches
    `top_p`, renormalised; others get -inf. Temperature 0 gives the plain log-probs, of which
    `draw` takes the largest.
    """
    scores = logits.float()
    if temperature > 0:
        scores = scores / temperature
    logprobs = scores.log_softmax(-1)
    if temperature == 0 or top_p >= 1:
        return logprobs
    ordered, order = logprobs.sort(-1, descending=True)
    # A token stays when the mass before it is still short of top_p, so the first always stays.
    before = ordered.exp().cumsum(-1) - ordered.exp()
    dropped = torch.zeros_like(before, dtype=torch.bool).scatter_(-1, order, before >= top_p)
    return logprobs.masked_fill(dropped, float("-inf")).log_softmax(-1)


def entropies_of(logprobs: Tensor) -> Tensor:
    """Entropy [B] of the distribution of each row of log-probs [B, V], nats."""
    # A token without mass adds nothing: 0 times the smallest number, not times minus infinity.
    return -(logprobs.exp() * logprobs.clamp(min=torch.finfo(logprobs.dtype).min)).sum(-1)


class Draws:
    """The random numbers of some rows, one for each step.

    Args:
        rows: how many.
        steps: how many of each row at most.
        seeds: of each row's own stream; empty: all rows draw from `generator`.
        generator: needed where there are no seeds.
    """

    def __init__(
        self, rows: int, steps: int, seeds: Sequence[int], generator: torch.Generator | None
    ) -> None:
        self._rows, self._generator, self._own = rows, generator, None
        if seeds:
            streams = [torch.Generator().manual_seed(seed) for seed in seeds]
            self._own = torch.stack([torch.rand(steps, generator=stream) for stream in streams])

    def at(self, step: int) -> Tensor:
        """[rows] numbers in [0, 1). Steps are asked for in their order."""
        if self._own is not None:
            return self._own[:, step]
        return torch.rand(self._rows, generator=self._generator)


def draw(logprobs: Tensor, uniform: Tensor | None) -> tuple[Tensor, Tensor]:
    """One token per row and its log-prob, both [B].

    Args:
        logprobs: [B, V], as `sampling_logprobs` gives them.
        uniform: [B] numbers in [0, 1), the rows' random draws; None takes the argmax.
    """
    if uniform is None:
        tokens = logprobs.argmax(-1)
    else:
        # Inverse of the cumulative distribution, in float64 so that rare tokens keep their mass.
        cumulative = logprobs.exp().double().cumsum(-1)
        total = cumulative[:, -1:]
        # Strictly under the total: the token found then always has mass of its own.
        target = torch.minimum(uniform.double()[:, None] * total, torch.nextafter(total, total.new_zeros(())))
        tokens = torch.searchsorted(cumulative, target, right=True).squeeze(1)
    return tokens, logprobs.gather(1, tokens[:, None]).squeeze(1)
