"""A prompt and all its responses as one sequence, so that the prompt is computed once. Pure.

The responses follow the prompt one after another. Each sees the prompt and itself, and its
positions go on from the prompt's: the numbers are those of separate sequences. With G responses of
n tokens to a prompt of p, G n + p tokens are computed instead of G (n + p), and the head only where
a response token is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class PackedGroup:
    """One prompt with its responses. T = prompt + all responses, N = all response tokens."""

    ids: torch.Tensor  # (1, T)
    positions: torch.Tensor  # (1, T)
    mask: torch.Tensor  # (1, 1, T, T) bool: row may see column
    predictors: torch.Tensor  # (N,) where in T each response token is predicted
    labels: torch.Tensor  # (N,) the response tokens


def pack_group(prompt: torch.Tensor, responses: Sequence[torch.Tensor]) -> PackedGroup:
    """Pack the responses to one prompt.

    Args:
        prompt: (p,) token ids, at least one.
        responses: token ids of each response, (n,) each, none of them empty.
    """
    start = len(prompt)
    lengths = torch.tensor([len(response) for response in responses])
    ids = torch.cat([prompt, *responses])
    # 0 for the prompt, then 1, 2 ... for the responses: a token sees its own segment and the prompt.
    segment = torch.cat(
        [torch.zeros(start, dtype=torch.long), torch.arange(1, len(responses) + 1).repeat_interleave(lengths)]
    )
    own = (segment[:, None] == segment[None, :]) | (segment == 0)[None, :]
    earlier = torch.ones(len(ids), len(ids), dtype=torch.bool).tril()
    within = [torch.arange(int(length)) for length in lengths]
    begins = start + lengths.cumsum(0) - lengths
    # A response's first token is predicted by the end of the prompt, every other by the one before it.
    predictors = [
        torch.cat([torch.tensor([start - 1]), begin + steps[:-1]])
        for begin, steps in zip(begins, within, strict=True)
    ]
    return PackedGroup(
        ids=ids[None],
        positions=torch.cat([torch.arange(start), *(start + steps for steps in within)])[None],
        mask=(own & earlier)[None, None],
        predictors=torch.cat(predictors),
        labels=torch.cat(list(responses)),
    )
