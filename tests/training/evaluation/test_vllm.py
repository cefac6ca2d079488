"""What vLLM is asked for in an evaluation, against a stand-in: no GPU and no vLLM is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from training.evaluation.answers import AskedRule
from training.evaluation.samplers import load_sampler


class FakeVllm(ModuleType):
    """The three names of vLLM that are used; keeps what they were given."""

    def __init__(self) -> None:
        super().__init__("vllm")
        self.engine: dict[str, Any] = {}
        self.rules: list[dict[str, Any]] = []
        self.prompts: list[Any] = []
        self.TokensPrompt = dict

    def LLM(self, **settings: Any) -> Any:
        self.engine = settings
        return SimpleNamespace(generate=self._generate)

    def SamplingParams(self, **rule: Any) -> dict[str, Any]:
        self.rules.append(rule)
        return rule

    def _generate(self, prompts: list[Any], rule: dict[str, Any], use_tqdm: bool) -> list[Any]:
        self.prompts = prompts
        logprob = SimpleNamespace(logprob=-0.5)
        ended = SimpleNamespace(token_ids=[5, 2], logprobs=[{5: logprob}, {2: logprob}], finish_reason="stop")
        cut = SimpleNamespace(token_ids=[5], logprobs=[{5: logprob}], finish_reason="length")
        return [SimpleNamespace(outputs=[ended, cut]) for _ in prompts]


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> FakeVllm:
    fake = FakeVllm()
    monkeypatch.setitem(sys.modules, "vllm", fake)
    return fake


def test_vllm_is_asked_for_all_samples_with_the_policys_end_tokens(vllm: FakeVllm, tmp_path: Path) -> None:
    sampler = load_sampler(tmp_path, (2, 0), device="cuda", max_tokens=640)
    found = sampler.sample([(1, 2), (3,)], AskedRule(2, 0.7, 32, 9))
    assert vllm.engine == {
        "model": str(tmp_path), "dtype": "bfloat16", "max_model_len": 640, "trust_remote_code": False,
    }  # fmt: skip
    assert vllm.rules == [
        {"n": 2, "temperature": 0.7, "max_tokens": 32, "stop_token_ids": [2, 0], "seed": 9, "logprobs": 0}
    ]
    assert vllm.prompts == [{"prompt_token_ids": [1, 2]}, {"prompt_token_ids": [3]}]
    assert [[(one.token_ids, one.truncated) for one in group] for group in found] == [
        [((5, 2), False), ((5,), True)]
    ] * 2
    assert found[0][0].logprobs == (-0.5, -0.5)
