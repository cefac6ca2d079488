"""The keys and values of a generating batch: prompts once per group, responses once per row.

A decoding step attends to both parts under one softmax. The prompt part is a product per group
(all its rows at once), the response part a product per row. Knows nothing of sampling.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from training.models.llama import LlamaForward, causal_attention, pack

_FIRST_CAPACITY = 64  # response tokens the cache has room for at first; it doubles when full


class PrefixCache:
    """Keys and values of P prompts and of the B rows that go on from them.

    Shapes: L layers, K key heads, D head size, R query heads per key head, T longest prompt,
    S response tokens so far.
    """

    def __init__(self, model: LlamaForward, lengths: Sequence[int], samples: Sequence[int]) -> None:
        shape = model.shape
        self._model = model
        self._lengths = torch.tensor(lengths)
        self._group = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(samples))  # [B]
        self._keys = torch.zeros(
            shape.layers, len(lengths), shape.key_heads, shape.head_size, max(lengths), dtype=model.dtype
        )  # transposed once, so that every step multiplies without a copy
        self._values = self._keys.new_zeros(
            shape.layers, len(lengths), shape.key_heads, max(lengths), shape.head_size
        )
        room = (shape.layers, len(self._group), shape.key_heads, _FIRST_CAPACITY, shape.head_size)
        self._row_keys = self._keys.new_zeros(room)
        self._row_values = self._keys.new_zeros(room)
        self._steps = 0
        self._place()

    @classmethod
    def fill(
        cls, model: LlamaForward, prompts: Sequence[Sequence[int]], samples: Sequence[int]
    ) -> tuple[PrefixCache, Tensor]:
        """Compute every prompt once; returns the cache and the next-token logits of each row [B, V]."""
        lengths = [len(prompt) for prompt in prompts]
        cache = cls(model, lengths, samples)
        ids, positions = pack(prompts)

        def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            out = []
            parts = zip(*(torch.split(part, lengths) for part in (query, key, value)), strict=True)
            for group, (q, k, v) in enumerate(parts):
                cache._keys[layer, group, :, :, : lengths[group]] = k.permute(1, 2, 0)
                cache._values[layer, group, :, : lengths[group]] = v.transpose(0, 1)
                out.append(causal_attention(q, k, v))
            return torch.cat(out)

        hidden = model.hidden(ids, positions, attend)
        last = torch.tensor(lengths).cumsum(0) - 1
        return cache, model.logits(hidden[last])[cache._group]

    def advance(self, tokens: Tensor) -> Tensor:
        """Append one token [B] to every row; returns the logits after it, [B, V]."""
        self._make_room()
        positions = self._lengths[self._group] + self._steps
        hidden = self._model.hidden(tokens, positions, self._attend)
        self._steps += 1
        return self._model.logits(hidden)

    def keep(self, rows: Tensor) -> None:
        """Drop the rows where `rows` [B] is False, and the prompts that have no row left."""
        used, self._group = torch.unique(self._group[rows], return_inverse=True)
        if len(used) < len(self._lengths):
            self._lengths = self._lengths[used]
            self._keys, self._values = self._keys[:, used], self._values[:, used]
        self._row_keys, self._row_values = self._row_keys[:, rows], self._row_values[:, rows]
        self._place()

    def _place(self) -> None:
        """Where each row stands in its group, and which prompt keys it may not see."""
        counts = torch.bincount(self._group, minlength=len(self._lengths))
        starts = counts.cumsum(0) - counts
        self._place_in_group = torch.arange(len(self._group)) - starts[self._group]  # [B]
        self._largest_group = int(counts.max())
        beyond = torch.arange(self._keys.shape[-1]) >= self._lengths[self._group][:, None]  # [B, T]
        self._beyond = beyond[:, None, None] if bool(beyond.any()) else None

    def _make_room(self) -> None:
        capacity = self._row_keys.shape[3]
        if self._steps == capacity:
            more = (*self._row_keys.shape[:3], capacity, self._row_keys.shape[4])
            self._row_keys = torch.cat([self._row_keys, self._row_keys.new_zeros(more)], 3)
            self._row_values = torch.cat([self._row_values, self._row_values.new_zeros(more)], 3)

    def _attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attention of one new token per row over its prompt and its own response."""
        shape, step = self._model.shape, self._steps
        rows, per_key, size = query.shape[0], shape.queries_per_key, shape.head_size
        self._row_keys[layer, :, :, step] = key
        self._row_values[layer, :, :, step] = value
        own_keys = self._row_keys[layer, :, :, : step + 1]
        own_values = self._row_values[layer, :, :, : step + 1]
        query = query.reshape(rows, shape.key_heads, per_key, size) * size**-0.5
        over_prompt = self._from_groups(torch.matmul(self._to_groups(query), self._keys[layer]))
        if self._beyond is not None:
            over_prompt = over_prompt.masked_fill(self._beyond, float("-inf"))
        over_own = torch.matmul(query, own_keys.transpose(-1, -2))  # [B, K, R, S + 1]
        weights = torch.cat([over_prompt, over_own], -1).float().softmax(-1).to(query.dtype)
        to_prompt, to_own = torch.split(weights, [over_prompt.shape[-1], step + 1], -1)
        from_prompt = self._from_groups(torch.matmul(self._to_groups(to_prompt), self._values[layer]))
        return (from_prompt + torch.matmul(to_own, own_values)).reshape(rows, -1)

    def _to_groups(self, x: Tensor) -> Tensor:
        """Rows [B, K, R, N] laid out by group: [P, K, G * R, N], G the largest group; gaps are zero."""
        _, heads, per_key, width = x.shape
        out = x.new_zeros(len(self._lengths), self._largest_group, heads, per_key, width)
        out[self._group, self._place_in_group] = x
        return out.transpose(1, 2).reshape(len(self._lengths), heads, -1, width)

    def _from_groups(self, x: Tensor) -> Tensor:
        """The inverse of `_to_groups`: [P, K, G * R, N] -> [B, K, R, N]."""
        groups, heads, _, width = x.shape
        by_place = x.view(groups, heads, self._largest_group, -1, width).transpose(1, 2)
        return by_place[self._group, self._place_in_group]
