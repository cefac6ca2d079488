"""RLVR in the engine: the answer in the box is checked, and nothing else is asked."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.training.engine.samples import group, letters, problem_bench, problem_task, rollout
from training.engine.methods.base import Policy
from training.engine.methods.rlvr import RlvrMethod

NOBODY = cast("Policy", None)


@pytest.mark.parametrize(
    ("response", "reward", "reason"),
    [
        ("so \\boxed{42}", 1.0, "match"),
        ("so \\boxed{42.0}", 1.0, "match"),
        ("so \\boxed{41}", 0.0, "mismatch"),
        ("so 42", 0.0, "no_box"),
    ],
)
def test_reward_is_whether_the_answer_is_right(response: str, reward: float, reason: str) -> None:
    judge = RlvrMethod(problem_bench()).judge
    outcome = asyncio.run(judge(problem_task(), letters(response), first=True, policy=NOBODY))
    assert (outcome.reward.value, outcome.reward.reason, outcome.settled) == (reward, reason, True)
    assert outcome.response == response + "<end>"


def test_truncated_response_earns_nothing() -> None:
    ids = letters("so \\boxed{42} and", ended=False)
    outcome = asyncio.run(RlvrMethod(problem_bench()).judge(problem_task(), ids, first=True, policy=NOBODY))
    assert (outcome.truncated, outcome.reward.value, outcome.reward.reason) == (True, 0.0, "truncated")


def test_file_says_the_problem_and_its_answer() -> None:
    method = RlvrMethod(problem_bench())
    facts = method.facts(problem_task())
    assert (facts.kind, facts.document, facts.context, facts.truth) == (
        "problem",
        3,
        "What is 6 times 7?",
        "42",
    )
    assert (method.weight(problem_task()), method.metrics([group(rollout(0, 1.0), of=problem_task())])) == (
        1.0,
        {},
    )
