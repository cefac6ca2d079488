"""Samples several responses to each of several prompts with a shared prefix.

The prompt of a group is computed once, its keys and values are held once, and attention over them
is one matrix product for the whole group. Rows that ended leave the batch. What a row draws does
not depend on which others ended, and with a seed of its own not on what else is generated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import torch

from training.contract.errors import ForesightError
from training.models.llama import LlamaForward
from training.models.prefix_cache import PrefixCache
from training.models.sampling import Draws, draw, entropies_of, sampling_logprobs

Watch = Callable[[Sequence[Sequence[int]]], bool]
"""Called after each step with the tokens of every response so far; False ends the generation there, and what has not
ended by itself is `truncated`."""


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """One prompt and how many responses to draw for it."""

    prompt_ids: tuple[int, ...]
    samples: int
    seeds: tuple[int, ...] = ()  # of each response's own stream; of all groups of a call, or of none


@dataclass(frozen=True, slots=True)
class Sampled:
    """One response. The end token, where there is one, is its last token."""

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]  # of each token under the sampling distribution, nats
    truncated: bool  # stopped by the token limit
    entropies: tuple[float, ...] = ()  # of the distribution each token was drawn from, nats; (): not known


@dataclass(slots=True)
class _Row:
    """A response in the making."""

    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    ended: bool = False


@torch.inference_mode()
def generate_groups(
    model: LlamaForward,
    groups: Sequence[GroupRequest],
    *,
    max_new_tokens: int,
    temperature: float,
    top_p: float,
    eos_ids: Collection[int],
    generator: torch.Generator | None,
    watch: Watch | None = None,
) -> list[list[Sampled]]:
    """Draw `samples` responses for each group; the result has the groups' order.

    Temperature 0 takes the argmax and reports plain log-probs. Otherwise log-probs are those of the
    sampling distribution: temperature applied, then the nucleus filter, renormalised. The same
    groups and seeds, or a generator in the same state, give the same responses.

    Raises ForesightError for an empty prompt or no room for a token.
    """
    if max_new_tokens < 1 or any(not group.prompt_ids for group in groups):
        raise ForesightError(
            "Generation needs a prompt of at least one token and room for at least one new token.",
            field="sampling.max_response_tokens",
            remedy="Give every group a prompt and at least one new token.",
        )
    rows = [_Row() for group in groups for _ in range(group.samples)]
    if not rows:
        return [[] for _ in groups]
    draws = Draws(len(rows), max_new_tokens, [seed for group in groups for seed in group.seeds], generator)
    cache, logits = PrefixCache.fill(
        model, [group.prompt_ids for group in groups], [group.samples for group in groups]
    )
    alive = torch.arange(len(rows))  # rows in the cache, ended ones among them until they are dropped
    for step in range(max_new_tokens):
        uniform = draws.at(step)[alive] if temperature > 0 else None
        known = sampling_logprobs(logits, temperature, top_p)
        tokens, logprobs = draw(known, uniform)
        going = _append(rows, alive, tokens, logprobs, entropies_of(known), eos_ids)
        remaining = int(going.sum())
        if watch is not None and not watch([row.token_ids for row in rows]):
            break
        if remaining == 0 or step == max_new_tokens - 1:
            break
        # Dropping rows copies the cache, so it waits until an eighth of the batch has ended.
        if remaining <= len(going) - max(1, len(going) // 8):
            cache.keep(going)
            alive, tokens = alive[going], tokens[going]
        logits = cache.advance(tokens)
    return _collect(rows, groups)


def _append(
    rows: list[_Row],
    alive: torch.Tensor,
    tokens: torch.Tensor,
    logprobs: torch.Tensor,
    entropies: torch.Tensor,
    eos_ids: Collection[int],
) -> torch.Tensor:
    """Give each unfinished row its token; returns which of the rows go on, [B] bool."""
    going: list[bool] = []
    columns = (alive.tolist(), tokens.tolist(), logprobs.tolist(), entropies.tolist())
    for index, token, logprob, entropy in zip(*columns, strict=True):
        row = rows[index]
        if not row.ended:
            row.token_ids.append(token)
            row.logprobs.append(logprob)
            row.entropies.append(entropy)
            row.ended = token in eos_ids
        going.append(not row.ended)
    return torch.tensor(going)


def _collect(rows: Sequence[_Row], groups: Sequence[GroupRequest]) -> list[list[Sampled]]:
    finished = iter(
        Sampled(tuple(row.token_ids), tuple(row.logprobs), not row.ended, tuple(row.entropies))
        for row in rows
    )
    return [[next(finished) for _ in range(group.samples)] for group in groups]
