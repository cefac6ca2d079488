"""A compact Llama forward in plain torch: packed sequences, one attention hook, no training.

Linear layers run once over all tokens of a batch, whatever their sequences; attention is handed
to a callable, so that scoring (`packed_hidden`) and shared-prefix generation (`generate.py`) are
the same network. Agrees with transformers' LlamaForCausalLM to float32 rounding. Architectures
it does not support are left to transformers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from training.contract.errors import ForesightError
from training.models.weights import read_weights

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""(layer, query [T, H, D], key [T, K, D], value [T, K, D]) -> attended values [T, H * D].

H query heads, K key heads, D head size, T tokens of the batch; queries and keys carry their
rotary position already.
"""


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The numbers of a Llama that its forward needs."""

    layers: int
    heads: int
    key_heads: int
    head_size: int
    hidden: int
    vocabulary: int
    rope_theta: float
    norm_eps: float
    tied: bool  # the output head is the embedding

    @property
    def queries_per_key(self) -> int:
        return self.heads // self.key_heads


@dataclass(frozen=True, slots=True)
class _Layer:
    """One block's weights; those that share an input are stacked into one matrix."""

    input_norm: Tensor
    qkv: Tensor
    output: Tensor
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


def supports(config: Mapping[str, Any]) -> bool:
    """Whether a model's config.json describes a Llama that `LlamaForward` computes exactly."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (
        list(config.get("architectures") or []) == ["LlamaForCausalLM"]
        and config.get("hidden_act", "silu") == "silu"
        and not config.get("attention_bias", False)
        and not config.get("mlp_bias", False)
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and rope.get("partial_rotary_factor", config.get("partial_rotary_factor", 1.0)) == 1.0
        and config.get("pretraining_tp", 1) == 1
        and not config.get("quantization_config")
    )


def read_shape(config: Mapping[str, Any]) -> LlamaShape:
    """The shape in a config.json. Raises ForesightError for a config that `supports` refuses."""
    if not supports(config):
        raise ForesightError(
            f"The architecture {config.get('architectures')} is not a plain Llama.",
            field="model.name",
            remedy="Load it with transformers.",
        )
    heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
    rope = config.get("rope_parameters") or {}
    return LlamaShape(
        layers=int(config["num_hidden_layers"]),
        heads=heads,
        key_heads=int(config.get("num_key_value_heads") or heads),
        head_size=int(config.get("head_dim") or hidden // heads),
        hidden=hidden,
        vocabulary=int(config["vocab_size"]),
        rope_theta=float(rope.get("rope_theta", config.get("rope_theta", 10_000.0))),
        norm_eps=float(config.get("rms_norm_eps", 1e-6)),
        tied=bool(config.get("tie_word_embeddings", False)),
    )


class LlamaForward:
    """The weights of a Llama, held in `dtype` for inference, and its forward."""

    def __init__(self, shape: LlamaShape, dtype: torch.dtype = torch.float32) -> None:
        self.shape = shape
        self.dtype = dtype
        size = shape.head_size
        # In float32 whatever the weights: bfloat16 angles put log-probs off by 0.025.
        self._inverse_frequencies = 1.0 / shape.rope_theta ** (torch.arange(0, size, 2).float() / size)

    @classmethod
    def from_folder(cls, path: Path, dtype: torch.dtype = torch.float32) -> LlamaForward:
        """Load a Hugging Face folder (config.json and safetensors)."""
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        model = cls(read_shape(config), dtype)
        model.load_state(read_weights(path))
        return model

    def load_state(self, named_tensors: Mapping[str, Tensor]) -> None:
        """Take new weights by their Hugging Face names; they are copied, never shared.

        A tied model needs no `lm_head.weight` and ignores one. Raises ForesightError for a missing name.
        """

        def take(*names: str) -> Tensor:
            try:
                parts = [named_tensors[name].detach() for name in names]
            except KeyError as error:
                raise ForesightError(
                    f"The weights hold no {error.args[0]!r}.",
                    field="model.name",
                    remedy="Use a whole Llama checkpoint.",
                ) from error
            if len(parts) == 1:
                return parts[0].to(self.dtype, copy=True).contiguous()
            return torch.cat([part.to(self.dtype) for part in parts]).contiguous()

        def layer(index: int) -> _Layer:
            at = f"model.layers.{index}."
            return _Layer(
                input_norm=take(f"{at}input_layernorm.weight"),
                qkv=take(*(f"{at}self_attn.{name}_proj.weight" for name in "qkv")),
                output=take(f"{at}self_attn.o_proj.weight"),
                mlp_norm=take(f"{at}post_attention_layernorm.weight"),
                gate_up=take(f"{at}mlp.gate_proj.weight", f"{at}mlp.up_proj.weight"),
                down=take(f"{at}mlp.down_proj.weight"),
            )

        self.embedding = take("model.embed_tokens.weight")
        self.final_norm = take("model.norm.weight")
        self.head = self.embedding if self.shape.tied else take("lm_head.weight")
        self._layers = tuple(layer(index) for index in range(self.shape.layers))

    def hidden(self, ids: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """The final hidden states [T, hidden] of tokens `ids` [T] that stand at `positions` [T]."""
        shape = self.shape
        angles = torch.outer(positions.float(), self._inverse_frequencies)
        cos, sin = angles.cos()[:, None], angles.sin()[:, None]
        heads, key_heads, count = shape.heads, shape.key_heads, ids.shape[0]
        x = self.embedding[ids]
        for index, layer in enumerate(self._layers):
            y = self._norm(x, layer.input_norm)
            qkv = F.linear(y, layer.qkv).view(count, heads + 2 * key_heads, shape.head_size)
            rotated = _rotate(qkv[:, : heads + key_heads], cos, sin)
            attended = attend(index, rotated[:, :heads], rotated[:, heads:], qkv[:, heads + key_heads :])
            x = x + F.linear(attended, layer.output)
            gate, up = F.linear(self._norm(x, layer.mlp_norm), layer.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer.down)
        return self._norm(x, self.final_norm)

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits [..., vocabulary] in the model's dtype."""
        return F.linear(hidden, self.head)

    def packed_hidden(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Hidden states of several sequences laid end to end, without padding: [sum of lengths, hidden]."""
        lengths = [len(sequence) for sequence in sequences]
        ids, positions = pack(sequences)

        def attend(_: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            parts = zip(*(torch.split(part, lengths) for part in (query, key, value)), strict=True)
            return torch.cat([causal_attention(q, k, v) for q, k, v in parts])

        return self.hidden(ids, positions, attend)

    def _norm(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(x, (self.shape.hidden,), weight, self.shape.norm_eps)


def pack(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Sequences laid end to end: their ids and each token's position in its own sequence, both [T]."""
    ids = torch.tensor([token for sequence in sequences for token in sequence], dtype=torch.long)
    return ids, torch.cat([torch.arange(len(sequence)) for sequence in sequences])


def causal_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention within one sequence: [T, H, D], [T, K, D], [T, K, D] -> [T, H * D]."""
    q, k, v = (part.transpose(0, 1)[None] for part in (query, key, value))
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return out[0].transpose(0, 1).flatten(1)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of heads [T, N, D] by angles [T, 1, D / 2], computed in float32."""
    first, second = x.float().chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).to(x.dtype)
