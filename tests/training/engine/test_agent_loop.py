"""A rollout: sampled, judged by the run's method, and what the method asks the serving policy."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.training.engine.samples import task
from tests.training.tiny import make_tiny_model
from training.contract.experiment import parse_experiment
from training.engine.agent_loop import TaskAgentLoop
from training.engine.methods.base import Outcome
from training.engine.overrides import carry_experiment
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


def rollout(
    folder: Path,
    rule: str,
    response: str,
    *,
    baselines: bool = False,
    sample: int = 1,
    row: int = 4,
    engine: str = "foresight_cpu",
) -> tuple[Any, Server, Any]:
    tokenizer = load_tokenizer(folder)
    server = Server([*tokenizer(response)["input_ids"], tokenizer.eos_token_id])
    experiment = parse_experiment(
        {"method": {"kind": "rpt", "reward": rule}, "evaluation": {"baselines": baselines}}
    )
    carried = SimpleNamespace(experiment=carry_experiment(experiment), judge="")
    config = SimpleNamespace(
        data=SimpleNamespace(foresight=carried),
        actor_rollout_ref=SimpleNamespace(
            rollout=SimpleNamespace(name=engine, seed=3, response_length=64),
            model=SimpleNamespace(path=str(folder)),
        ),
    )
    loop = TaskAgentLoop(SimpleNamespace(config=config), server, tokenizer)
    output = asyncio.run(loop.run(SAMPLING, task=task(), index=row, session_id=sample))
    return output, server, tokenizer


@pytest.mark.parametrize("rule", ["dense", "conditional_dense"])
def test_wrong_prediction_is_scored_by_the_servers_policy(folder: Path, rule: str) -> None:
    output, server, tokenizer = rollout(folder, rule, r"t</think>\boxed{ list}")
    assert output.reward_score == pytest.approx(0.25)
    outcome = Outcome.of(output.extra_fields["outcome"])
    assert (outcome.reward.reason, outcome.first_token) == ("mismatch", b" list")
    assert outcome.first_probability == pytest.approx(0.25)
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


@pytest.mark.parametrize(("sample", "asked"), [(0, [SAMPLING["temperature"], 0.0]), (1, [0.8])])
def test_plain_argmax_is_asked_once_a_group(folder: Path, sample: int, asked: list[float]) -> None:
    output, server, _ = rollout(folder, "prefix", "t</think>", baselines=True, sample=sample)
    assert [one["sampling_params"]["temperature"] for one in server.asked] == asked
    assert (Outcome.of(output.extra_fields["outcome"]).argmax_id is None) is (sample == 1)
    if sample == 0:
        assert server.asked[1]["prompt_ids"] == list(task().context_ids)


def test_cpus_server_gets_a_seed_of_row_and_sample_and_vllm_none(folder: Path) -> None:
    def asked(**where: Any) -> dict[str, Any]:
        _, server, _ = rollout(folder, "prefix", "t</think>", **where)
        parameters: dict[str, Any] = server.asked[0]["sampling_params"]
        return parameters

    seeds = [asked(row=row, sample=sample)["seed"] for row, sample in ((4, 1), (4, 1), (4, 2), (5, 1))]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3
    assert "seed" not in asked(engine="vllm")
