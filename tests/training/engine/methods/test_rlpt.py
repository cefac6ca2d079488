"""RLPT in the engine: when the judge is asked, what its silence means, and what a step counts."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tests.training.engine.samples import group, letters, rollout, segment_bench, segment_task
from training.engine.methods.base import Outcome, Policy
from training.engine.methods.rlpt import RlptMethod
from training.judging.pair import Pair
from training.records import Reason, Verdict

NOBODY = cast("Policy", None)


def answered(response: str, score: int | None = 1, **method: Any) -> tuple[Outcome, list[Pair]]:
    """The outcome of a response where the judge says `score`, and what it was asked."""
    asked: list[Pair] = []

    async def ask(pair: Pair) -> Verdict | None:
        asked.append(pair)
        return Verdict(score, f"Score: {score}", "made", False, 0.25)

    judge = RlptMethod(segment_bench(ask, **method)).judge
    return asyncio.run(judge(segment_task(), letters(response), first=True, policy=NOBODY)), asked


def tagged(text: str) -> str:
    return f"so <|startofprediction|>{text}<|endofprediction|>"


@pytest.mark.parametrize(
    ("score", "reward", "reason"), [(1, 1.0, "match"), (0, 0.0, "mismatch"), (None, 0.0, "malformed")]
)
def test_reward_is_the_judges_verdict(score: int | None, reward: float, reason: str) -> None:
    outcome, asked = answered(tagged(" It ends. "), score)
    assert asked == [Pair("prefix", "It ends. Then more.", "It ends.")]
    assert (outcome.reward.value, outcome.reward.reason, outcome.settled) == (reward, reason, True)
    assert outcome.reward.verdict == Verdict(score, f"Score: {score}", "made", False, 0.25)


def test_strict_rule_shows_the_judge_the_target_alone() -> None:
    assert answered(tagged("It ends."), rule="strict")[1] == [Pair("strict", "It ends.", "It ends.")]


@pytest.mark.parametrize(
    ("response", "reason"),
    [("It ends.", "no_prediction"), (tagged("It"), "too_short"), (tagged(" "), "empty")],
)
def test_judge_is_not_asked_where_nothing_can_be_earned(response: str, reason: str) -> None:
    outcome, asked = answered(response, minimum_coverage=0.6)
    assert (outcome.reward.value, outcome.reward.reason, asked) == (0.0, reason, [])


def test_response_without_its_end_is_truncated() -> None:
    outcome = asyncio.run(
        RlptMethod(segment_bench()).judge(
            segment_task(), letters(tagged("It ends."), ended=False), first=True, policy=NOBODY
        )
    )
    assert (outcome.truncated, outcome.reward.reason) == (True, "truncated")


def test_judge_that_is_down_leaves_the_response_unsettled() -> None:
    async def down(pair: Pair) -> Verdict | None:
        return None

    judge = RlptMethod(segment_bench(down)).judge
    outcome = asyncio.run(judge(segment_task(), letters(tagged("It ends.")), first=True, policy=NOBODY))
    assert (outcome.settled, outcome.reward.value, outcome.reward.prediction) == (False, 0.0, b"It ends.")
    assert outcome.response == tagged("It ends.") + "<end>"


def test_lambda_weighs_the_masked_segment_alone() -> None:
    method = RlptMethod(segment_bench(msr_weight=0.25))
    assert (method.weight(segment_task("asr")), method.weight(segment_task("msr"))) == (1.0, 0.25)


def reasons(*names: Reason) -> list[Any]:
    return [rollout(at, float(name == "match"), reason=name) for at, name in enumerate(names)]


def test_step_is_counted_by_task_and_by_verdict() -> None:
    asr = group(*reasons("match", "mismatch", "malformed", "too_short"), of=segment_task("asr"))
    msr = group(*reasons("copied", "match", "match", "no_prediction"), of=segment_task("msr"))
    long = group(*[rollout(at, 0.0, reason="truncated", ids=(8,) * 7) for at in range(4)], of=msr.task)
    assert RlptMethod(segment_bench()).metrics([asr, msr, long]) == {
        "reward/asr": 1 / 4,
        "reward/msr": 2 / 8,
        "verdict/right": 3 / 12,
        "verdict/wrong": 1 / 12,
        "verdict/malformed": 1 / 12,
        "verdict/too_short": 1 / 12,
        "verdict/copied": 1 / 12,
        "response/length_asr": 3.0,
        "response/length_msr": 5.0,
    }


def test_task_that_a_step_does_not_hold_is_not_measured() -> None:
    found = RlptMethod(segment_bench()).metrics([group(*reasons("match"), of=segment_task("asr"))])
    assert (found["reward/asr"], found["reward/msr"], found["response/length_msr"]) == (1.0, None, None)
