"""Responses outside a run: the streams of the CPU's sampler, and what vLLM is asked for.

vLLM is a stand-in here: no GPU is needed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from tests.training.tiny import make_tiny_model
from training.contract.presets import PRESETS
from training.engine.sampler import AskedRule, load_sampler
from training.engine.scoring import TokenJudge
from training.probe.sample import load_prober

PROMPTS = [(5, 6), (7,)]


def rule(seed: int | None, samples: int = 2) -> AskedRule:
    return AskedRule(samples=samples, temperature=0.7, top_p=0.9, max_new_tokens=8, seed=seed)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model"))


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


def test_call_with_a_seed_gives_the_same_responses_whatever_was_drawn_before(model: Path) -> None:
    sampler = load_sampler(model, device="cpu", max_tokens=64)
    first = sampler.sample(PROMPTS, rule(seed=9))
    sampler.sample(PROMPTS, rule(seed=None))
    assert sampler.sample(PROMPTS, rule(seed=9)) == first
    assert sampler.sample(PROMPTS, rule(seed=10)) != first
    assert [len(group) for group in first] == [2, 2]


def test_calls_without_a_seed_go_on_with_the_samplers_own_stream(model: Path) -> None:
    one, other = (load_sampler(model, device="cpu", max_tokens=64, seed=4) for _ in range(2))
    first = one.sample(PROMPTS, rule(seed=None))
    assert one.sample(PROMPTS, rule(seed=None)) != first
    assert other.sample(PROMPTS, rule(seed=None)) == first
    assert load_sampler(model, device="cpu", max_tokens=64).sample(PROMPTS, rule(seed=4)) == first


def test_vllm_is_asked_for_all_samples_with_the_models_end_tokens(vllm: FakeVllm, model: Path) -> None:
    sampler = load_sampler(model, device="cuda", max_tokens=640)
    found = sampler.sample(PROMPTS, rule(seed=9))
    assert vllm.engine == {
        "model": str(model), "dtype": "bfloat16", "seed": 0, "max_model_len": 640,
        "tensor_parallel_size": 1, "gpu_memory_utilization": 0.9,
        "logprobs_mode": "processed_logprobs", "trust_remote_code": False,
    }  # fmt: skip
    assert vllm.rules == [
        {
            "n": 2, "temperature": 0.7, "top_p": 0.9, "max_tokens": 8, "stop_token_ids": [2],
            "seed": 9, "logprobs": 0, "detokenize": False,
        }
    ]  # fmt: skip
    assert vllm.prompts == [{"prompt_token_ids": [5, 6]}, {"prompt_token_ids": [7]}]
    assert [[(one.token_ids, one.truncated) for one in group] for group in found] == [
        [((5, 2), False), ((5,), True)]
    ] * 2
    assert found[0][0].logprobs == (-0.5, -0.5)


def test_probe_asks_vllm_with_the_rollouts_own_settings(vllm: FakeVllm, model: Path) -> None:
    config = PRESETS["rpt-paper"].config
    prober = load_prober(config, model, "cuda", TokenJudge("prefix", None, (2,)), 3)
    prober.sampler.sample(PROMPTS, prober.rule)
    (asked,) = vllm.rules
    assert (asked["n"], asked["temperature"], asked["top_p"], asked["max_tokens"]) == (3, 0.8, 1.0, 8192)
    assert asked["seed"] is None  # the stream of the engine, which begins with the experiment's seed
    assert vllm.engine["seed"] == config.seed
    assert vllm.engine["max_model_len"] == 4096 + 8192
    assert vllm.engine["gpu_memory_utilization"] == config.resources.gpu_memory_share
    assert prober.together == 2048


def test_likeliest_of_some_tokens_is_that_of_a_plain_forward(model: Path) -> None:
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(model)
    choices = [(65, 66, 67), (80, 20, 70)]
    logits = [plain(torch.tensor([ids])).logits[0, -1] for ids in PROMPTS]
    expected = [int(row[list(tokens)].argmax()) for row, tokens in zip(logits, choices, strict=True)]
    assert load_sampler(model, device="cpu", max_tokens=64).choose(PROMPTS, choices) == expected


def test_vllm_chooses_among_the_allowed_tokens_alone(vllm: FakeVllm, model: Path) -> None:
    found = load_sampler(model, device="cuda", max_tokens=64).choose(PROMPTS, [(4, 5), (5, 6, 7)])
    assert found == [1, 0]  # the stand-in answers 5
    assert [asked["allowed_token_ids"] for asked in vllm.rules] == [[4, 5], [5, 6, 7]]
    assert {(asked["temperature"], asked["max_tokens"]) for asked in vllm.rules} == {(0.0, 1)}
