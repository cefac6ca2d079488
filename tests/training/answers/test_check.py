"""The reward of a problem: which box is read, and why there is none."""

from __future__ import annotations

import pytest

from training.answers.check import check_answer
from training.records import Reward


def reward(response: str, *, truncated: bool = False, think_prefilled: bool = True) -> Reward:
    return check_answer(
        response, "42", truncated=truncated, think_prefilled=think_prefilled, end_tokens=["<|im_end|>"]
    )


def test_right_box_after_the_thought_earns_one() -> None:
    found = reward("20 + 22 = 42</think>所以答案是 \\boxed{42}。<|im_end|>")
    assert found == Reward(1.0, "match", b"42", "20 + 22 = 42")


def test_last_box_after_the_last_thought_counts() -> None:
    assert reward("</think>\\boxed{42}\\boxed{41}").reason == "mismatch"
    assert reward("\\boxed{41}</think>x</think>\\boxed{42}").reason == "match"
    assert reward("\\boxed{42}</think>no box").reason == "no_box"


@pytest.mark.parametrize(
    ("response", "reason", "prediction"),
    [
        ("it is \\boxed{42}", "no_think_end", None),
        ("</think>42", "no_box", None),
        ("</think>\\boxed{4", "unbalanced", None),
        ("</think>\\boxed{}", "empty", b""),
        ("</think>\\boxed{ }", "empty", b" "),
        ("</think>\\boxed{43}", "mismatch", b"43"),
    ],
)
def test_response_without_the_right_answer_says_why(
    response: str, reason: str, prediction: bytes | None
) -> None:
    found = reward(response)
    assert (found.value, found.reason, found.prediction) == (0.0, reason, prediction)


def test_truncation_goes_before_all_others_and_keeps_the_box() -> None:
    assert reward("</think>\\boxed{42} and", truncated=True) == Reward(0.0, "truncated", b"42", "")
    assert reward("so", truncated=True) == Reward(0.0, "truncated", None, "so")


def test_response_that_opens_no_thought_is_read_whole() -> None:
    assert reward("20 + 22, so \\boxed{42}", think_prefilled=False).value == 1.0
    opened = reward("<think>20 + 22, so \\boxed{42}", think_prefilled=False)
    assert (opened.reason, opened.thought) == ("no_think_end", "20 + 22, so \\boxed{42}")


def test_surrogates_in_a_response_raise_nothing() -> None:
    assert reward("</think>\\boxed{\ud800}").reason == "mismatch"
