"""A rollout's reward: judged, and under a dense rule with the policy's own probability."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.training.engine.samples import task
from tests.training.tiny import make_tiny_model
from training.engine.agent_loop import NextTokenAgentLoop
from training.models.token_bytes import load_tokenizer

SAMPLING = {"temperature": 0.8, "top_p": 1.0, "top_k": -1, "repetition_penalty": 1.0, "logprobs": True}


class Server:
    """Answers with one text, and with a log-prob where a prompt is scored."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids
        self.asked: list[dict[str, Any]] = []

    async def generate(self, **request: Any) -> SimpleNamespace:
        self.asked.append(request)
        scored = {"prompt_logprobs": [[-7.0], [math.log(0.25)], [0.0]]}
        extra = scored if "prompt_logprobs" in request["sampling_params"] else {}
        return SimpleNamespace(token_ids=self.ids, log_probs=[-1.0] * len(self.ids), extra_fields=extra)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("loop"))


def rollout(folder: Path, rule: str, response: str) -> tuple[Any, Server, Any]:
    tokenizer = load_tokenizer(folder)
    server = Server([*tokenizer(response)["input_ids"], tokenizer.eos_token_id])
    config = SimpleNamespace(
        data=SimpleNamespace(foresight=SimpleNamespace(reward=rule, baselines=False)),
        actor_rollout_ref=SimpleNamespace(
            rollout=SimpleNamespace(response_length=64), model=SimpleNamespace(path=str(folder))
        ),
    )
    loop = NextTokenAgentLoop(SimpleNamespace(config=config), server, tokenizer)
    output = asyncio.run(loop.run(SAMPLING, task=task(), session_id=1))
    return output, server, tokenizer


@pytest.mark.parametrize("rule", ["dense", "conditional_dense"])
def test_wrong_prediction_is_scored_by_the_servers_policy(folder: Path, rule: str) -> None:
    output, server, tokenizer = rollout(folder, rule, r"t</think>\boxed{ list}")
    assert output.reward_score == pytest.approx(0.25)
    assert output.extra_fields["reason"] == "mismatch"
    assert output.extra_fields["first_probability"] == pytest.approx(0.25)
    asked = server.asked[-1]
    (first, *_) = tokenizer(" list")["input_ids"]
    assert asked["prompt_ids"] == [*task().context_ids, first]
    assert (asked["sampling_params"]["prompt_logprobs"], asked["sampling_params"]["max_tokens"]) == (0, 1)


@pytest.mark.parametrize(
    ("rule", "response", "reward"),
    [
        ("dense", r"t</think>\boxed{ size}", 1.0),
        ("dense", r"t</think>\boxed{}", 0.0),
        ("prefix", r"t</think>\boxed{ list}", 0.0),
        ("prefix", r"t</think>\boxed{ size or}", 0.0),
        ("first_token", r"t</think>\boxed{ size or}", 1.0),
    ],
)
def test_policy_is_asked_only_where_a_part_of_a_point_is_earned(
    folder: Path, rule: str, response: str, reward: float
) -> None:
    output, server, _ = rollout(folder, rule, response)
    assert output.reward_score == reward
    assert len(server.asked) == 1
