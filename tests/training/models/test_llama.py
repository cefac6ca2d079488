"""Our forward against transformers' own, in float32."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from training.contract.errors import ForesightError
from training.models.llama import LlamaForward, read_shape, supports

SEQUENCES = [(5, 6, 7, 8, 9), (10,), (11, 12, 300, 14, 15, 16, 17, 18)]


def _config(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return loaded


def _reference(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.cat([model(torch.tensor([ids])).logits[0] for ids in SEQUENCES])


def test_packed_logits_agree_with_transformers(tiny_model: Path) -> None:
    ours = LlamaForward.from_folder(tiny_model)
    logits = ours.logits(ours.packed_hidden(SEQUENCES))
    reference = _reference(AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32))
    assert torch.allclose(logits, reference, atol=1e-4, rtol=0)
    assert float(reference.std()) > 0.05  # the comparison is of something


def test_untied_head_and_another_rope_base_agree_with_transformers(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=320, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=1, tie_word_embeddings=False, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
    )  # fmt: skip
    build: Any = LlamaForCausalLM  # transformers leaves it untyped
    model = build(config)
    model.save_pretrained(tmp_path)
    ours = LlamaForward.from_folder(tmp_path)
    assert torch.allclose(ours.logits(ours.packed_hidden(SEQUENCES)), _reference(model), atol=1e-4, rtol=0)


def test_loaded_state_replaces_the_weights_and_is_a_copy(tiny_model: Path, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    ours = LlamaForward(read_shape(_config(tiny_model)))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    ours.load_state(model.state_dict())
    expected = _reference(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.allclose(ours.logits(ours.packed_hidden(SEQUENCES)), expected, atol=1e-4, rtol=0)


def test_missing_weight_is_named(tiny_model: Path) -> None:
    ours = LlamaForward(read_shape(_config(tiny_model)))
    with pytest.raises(ForesightError, match=r"model\.embed_tokens\.weight"):
        ours.load_state({})


@pytest.mark.parametrize(
    "change",
    [
        {"architectures": ["Qwen2ForCausalLM"]},
        {"hidden_act": "gelu"},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0}},
        {"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 2.0}},
        {"quantization_config": {"bits": 4}},
    ],
)
def test_what_the_forward_does_not_compute_is_not_supported(tiny_model: Path, change: dict[str, Any]) -> None:
    config = _config(tiny_model)
    assert supports(config)
    assert not supports({**config, **change})
    with pytest.raises(ForesightError):
        read_shape({**config, **change})
