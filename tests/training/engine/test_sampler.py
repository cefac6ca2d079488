"""What vLLM is asked for when a probe runs on CUDA. vLLM itself is a stand-in here."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import training.engine.sampler as sampler
from training.contract.presets import PRESETS


class FakeLLM:
    """Answers each prompt with its first token as often as asked, then the end token."""

    made: dict[str, Any]

    def __init__(self, **options: Any) -> None:
        FakeLLM.made = options

    def generate(self, prompts: list[dict[str, Any]], rule: SimpleNamespace, use_tqdm: bool) -> list[Any]:
        FakeLLM.made["rule"] = rule
        answers = [[prompt["prompt_token_ids"][0], 2] for prompt in prompts]
        return [
            SimpleNamespace(outputs=[SimpleNamespace(token_ids=list(ids)) for _ in range(rule.n)])
            for ids in answers
        ]


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> type[FakeLLM]:
    module = ModuleType("vllm")
    module.LLM = FakeLLM  # type: ignore[attr-defined]
    module.SamplingParams = SimpleNamespace  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setattr(sampler, "end_token_ids", lambda folder: (0, 2))
    return FakeLLM


def test_vllm_is_asked_with_the_rollouts_own_settings(vllm: type[FakeLLM], tmp_path: Path) -> None:
    config = PRESETS["rpt-paper"].config
    drawn = sampler.load_sampler(config, tmp_path, "cuda").sample([(5, 6), (7,)], 3)
    assert drawn == [[(5, 2)] * 3, [(7, 2)] * 3]
    rule = vllm.made["rule"]
    assert (rule.n, rule.temperature, rule.top_p, rule.max_tokens) == (3, 0.8, 1.0, 8192)
    assert rule.stop_token_ids == [0, 2]
    assert vllm.made["max_model_len"] == 4096 + 8192
    assert (vllm.made["model"], vllm.made["dtype"]) == (str(tmp_path), "bfloat16")
    assert vllm.made["trust_remote_code"] is False
