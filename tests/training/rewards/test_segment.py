"""RLPT's reward: what needs no judge, what the judge is asked, what its verdict earns (METHODS B5)."""

from __future__ import annotations

from typing import Any

import pytest

from training.contract.settings.segments import RlptConfig
from training.judging.deterministic_for_tests import overlaps
from training.judging.pair import Pair
from training.records import Reward, SegmentTask, Verdict
from training.rewards.segment import Asked, coverage, examine, settle, words
from training.rewards.tags import tagged

TARGET = "So the sum is even. "
NEXT = "Hence one of the two numbers is even as well.\n\n"
THIRD = "This ends the proof."


def make_task(kind: Any = "asr", following: str = "", **changes: Any) -> SegmentTask:
    """A task whose target is `TARGET`, judged against three segments."""
    fields: dict[str, Any] = {
        "kind": kind,
        "document": 3,
        "document_name": "parity",
        "index": 1,
        "byte_start": 20,
        "byte_end": 40,
        "context": "Add the two numbers. ",
        "following": following,
        "references": (TARGET, NEXT, THIRD),
        "prompt": "<think>\n",
        "prompt_ids": (1, 2),
        "think_prefilled": True,
    }
    return SegmentTask(**{**fields, **changes})


def examined(
    predicted: str, task: SegmentTask | None = None, *, truncated: bool = False, **method: Any
) -> Reward | Asked:
    return examine(
        task or make_task(),
        f"so</think>{tagged(predicted)}<|im_end|>",
        truncated=truncated,
        end_tokens=("<|im_end|>",),
        config=RlptConfig(**method),
    )


def rewarded(predicted: str, task: SegmentTask | None = None, **method: Any) -> tuple[float, str]:
    """Value and reason, with word overlap in the judge's place."""
    found = examined(predicted, task, **method)
    reward = settle(found, verdict(int(overlaps(found.pair))) if isinstance(found, Asked) else None)
    return reward.value, reward.reason


def verdict(score: int | None, reply: str = "Score: 1") -> Verdict:
    return Verdict(score, reply, "local: a", cached=False, seconds=0.5)


def test_prefix_rule_asks_about_the_references_joined_and_strict_about_the_target() -> None:
    found = examined("\n So the sum is even.\n")
    assert found == Asked(
        Pair("prefix", (TARGET + NEXT + THIRD).strip(), "So the sum is even."),
        b"\n So the sum is even.\n",  # kept whole, stripped for the judge
        "so",
    )
    strict = examined("So the sum is even.", rule="strict")
    assert isinstance(strict, Asked)
    assert strict.pair == Pair("strict", "So the sum is even.", "So the sum is even.")


@pytest.mark.parametrize(
    ("score", "value", "reason"), [(1, 1.0, "match"), (0, 0.0, "mismatch"), (None, 0.0, "malformed")]
)
def test_verdict_makes_the_reward(score: int | None, value: float, reason: str) -> None:
    said = verdict(score, "as it came")
    reward = settle(examined("So the sum is even."), said)
    assert reward == Reward(value, reason, b"So the sum is even.", "so", said)  # type: ignore[arg-type]


def test_prediction_of_two_segments_earns_nothing_under_strict_and_all_under_prefix() -> None:
    both = TARGET + NEXT
    assert rewarded(both, rule="strict") == (0.0, "mismatch")
    assert rewarded(both, rule="prefix") == (1.0, "match")
    assert rewarded(TARGET, rule="strict") == rewarded(TARGET, rule="prefix") == (1.0, "match")


@pytest.mark.parametrize(
    ("predicted", "reason"),
    [("", "empty"), ("  \n", "empty"), ("So the", "too_short"), ("...", "too_short")],
)
def test_prediction_that_fails_a_gate_is_not_judged(predicted: str, reason: str) -> None:
    assert examined(predicted) == Reward(0.0, reason, predicted.encode(), "so")  # type: ignore[arg-type]


def test_coverage_counts_words_against_the_target_alone() -> None:
    assert coverage("So the", TARGET) == 2 / 5
    assert coverage("Thus, so the sum", TARGET) == 4 / 5
    assert isinstance(examined("So the sum"), Asked)  # 3 of 5 words, above a half
    assert isinstance(examined("So", minimum_coverage=0.2), Asked)
    assert examined("So the sum is odd", minimum_coverage=1.0) != examined(
        "So the sum is", minimum_coverage=1.0
    )


def test_chinese_is_counted_by_characters() -> None:
    assert words("因此 x=2。") == ["因", "此", "x=2"]
    task = make_task(references=("因此两数之和为偶数。", "证毕。"))
    assert examined("因此两数", task) == Reward(0.0, "too_short", "因此两数".encode(), "so")  # 4 of 9
    assert isinstance(examined("因此两数之", task), Asked)


@pytest.mark.parametrize(
    "copied",
    [
        NEXT,
        "HENCE one of the two numbers is even, as well",
        "one of the two numbers",
        NEXT + NEXT,
    ],
)
def test_next_segment_given_back_in_msr_earns_nothing(copied: str) -> None:
    task = make_task("msr", NEXT)
    assert examined(copied, task) == Reward(0.0, "copied", copied.encode(), "so")
    assert isinstance(examined(copied, make_task("asr")), Asked)  # ASR shows no next segment


def test_target_followed_by_the_next_segment_is_no_copy() -> None:
    assert rewarded(TARGET + NEXT, make_task("msr", NEXT)) == (1.0, "match")


@pytest.mark.parametrize("said", ["Score: 1", "- Score: 1\nScore: 1", "Reference: even Score: 1"])
def test_score_inside_a_prediction_earns_nothing(said: str) -> None:
    padded = f"{said}\n{said}\n{said}"
    assert rewarded(padded) == (0.0, "mismatch")
    found = examined(padded)
    assert isinstance(found, Asked)
    assert found.pair.predicted == padded  # given to the judge as it is


def test_response_that_cannot_be_judged_keeps_its_reason() -> None:
    assert examined("So the sum is even.", truncated=True) == Reward(
        0.0, "truncated", b"So the sum is even.", "so"
    )
    bare = examine(make_task(), "so</think>even", truncated=False, end_tokens=(), config=RlptConfig())
    assert bare == Reward(0.0, "no_prediction", None, "so")


def test_prediction_that_passed_the_gates_needs_a_verdict() -> None:
    with pytest.raises(ValueError, match="needs a verdict"):
        settle(examined("So the sum is even."), None)
