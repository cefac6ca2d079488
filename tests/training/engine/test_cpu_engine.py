"""The CPU engine's forward pass gives the stock engine's log-probs, entropies and gradients."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from tensordict import NonTensorData, TensorDict
from transformers import AutoModelForCausalLM
from verl.workers.engine import FSDPEngineWithLMHead

from tests.training.tiny import make_tiny_model
from training.engine.cpu.fsdp import CpuEngine, needs_gradient, on_policy, shares_prefix

PROMPTS = [[10, 11, 12], [13, 14, 15, 16], [10, 11, 12]]
RESPONSES = [[20, 21, 2], [22, 23], [24]]


def nested(rows: list[list[Any]], dtype: torch.dtype = torch.long) -> torch.Tensor:
    return torch.nested.as_nested_tensor(
        [torch.tensor(row, dtype=dtype) for row in rows], layout=torch.jagged
    )


def micro_batch(advantages: tuple[float, ...] = (0.7, 0.0, -0.7)) -> TensorDict:
    """Two samples of one prompt with another prompt's between them, at temperature 0.8."""
    whole = [prompt + response for prompt, response in zip(PROMPTS, RESPONSES, strict=True)]
    fields = {
        "prompts": nested(PROMPTS),
        "responses": nested(RESPONSES),
        "input_ids": nested(whole),
        "position_ids": nested([list(range(len(ids))) for ids in whole]),
        "response_mask": nested([[1] * len(ids) for ids in RESPONSES]),
        "rollout_log_probs": nested([[-1.0] * len(ids) for ids in RESPONSES], torch.float32),
        "advantages": nested(
            [[value] * len(ids) for value, ids in zip(advantages, RESPONSES, strict=True)], torch.float32
        ),
    }
    batch = TensorDict(fields, batch_size=len(PROMPTS))
    for name, value in {"temperature": 0.8, "calculate_entropy": True, "use_remove_padding": False}.items():
        batch[name] = NonTensorData(value)
    return batch


@pytest.fixture
def engine(tmp_path: Path) -> CpuEngine:
    made = CpuEngine.__new__(CpuEngine)
    model: Any = AutoModelForCausalLM.from_pretrained(make_tiny_model(tmp_path), attn_implementation="sdpa")
    made.module = model
    made.pad_to_length = False
    made.engine_config = cast("Any", SimpleNamespace(entropy_checkpointing=False))
    made._shares_prefix = shares_prefix(model)
    return made


def stock_outputs(engine: CpuEngine, batch: TensorDict) -> dict[str, torch.Tensor]:
    inputs, arguments = FSDPEngineWithLMHead.prepare_model_inputs(engine, batch)
    output = engine.module(**inputs, use_cache=False)
    return FSDPEngineWithLMHead.prepare_model_outputs(engine, output, arguments, batch, None)


def of_responses(values: torch.Tensor) -> torch.Tensor:
    rows = zip(values.unbind(), RESPONSES, strict=True)
    return torch.cat([row[len(row) - len(ids) - 1 : len(row) - 1] for row, ids in rows])


@pytest.mark.parametrize("name", ["log_probs", "entropy"])
def test_outputs_at_response_tokens_are_the_stock_engines(engine: CpuEngine, name: str) -> None:
    assert engine._shares_prefix
    ours, stock = engine._response_outputs(micro_batch())[name], stock_outputs(engine, micro_batch())[name]
    torch.testing.assert_close(of_responses(ours), of_responses(stock), atol=1e-5, rtol=0)


def test_gradients_are_the_stock_engines(engine: CpuEngine) -> None:
    gradients = []
    for outputs in (engine._response_outputs(micro_batch()), stock_outputs(engine, micro_batch())):
        engine.module.zero_grad()
        weights = torch.tensor([0.7, 0.7, 0.7, 0.0, 0.0, -0.7])
        (of_responses(outputs["log_probs"]) * weights).sum().backward()  # type: ignore[no-untyped-call]
        gradients.append(engine.module.model.layers[0].self_attn.q_proj.weight.grad.clone())
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-5, rtol=0)


def settings(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"entropy_coeff": 0.0, "use_kl_loss": False} | values)


@pytest.mark.parametrize(
    ("advantages", "config", "expected"),
    [
        ((0.7, 0.0, -0.7), settings(), True),
        ((0.0, 0.0, 0.0), settings(), False),
        ((0.0, 0.0, 0.0), settings(entropy_coeff=0.01), True),
        ((0.0, 0.0, 0.0), settings(use_kl_loss=True), True),
    ],
)
def test_gradient_is_needed_only_where_the_loss_has_one(
    advantages: tuple[float, ...], config: SimpleNamespace, expected: bool
) -> None:
    loss = partial(lambda **_: None, config=config)
    assert needs_gradient(micro_batch(advantages), loss) is expected


def test_old_log_probs_of_an_only_update_are_its_own(engine: CpuEngine) -> None:
    batch = micro_batch()
    outputs = engine._response_outputs(batch)
    seen: dict[str, torch.Tensor] = {}

    def loss(*, model_output: Any, data: Any, dp_group: Any) -> tuple[torch.Tensor, dict[str, Any]]:
        seen.update(old=data["old_log_probs"].values())
        return torch.zeros(()), {}

    _, metrics = on_policy(loss)(model_output=outputs, data=batch)
    own = of_responses(outputs["log_probs"])
    torch.testing.assert_close(seen["old"], own, atol=0, rtol=0)
    assert not seen["old"].requires_grad
    assert metrics["rollout_kl"].values[0] == pytest.approx(float((-1.0 - own).mean()), abs=1e-6)
