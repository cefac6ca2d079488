"""From answers to accuracies: counts, intervals, nested splits, by hand."""

from __future__ import annotations

import pytest

from training.evaluation.answers import Answer, Answered, judge_response, judge_token
from training.evaluation.score import positions_key, score
from training.records import Task, TokenPosition


def task(entropy: float, *, start: int = 0, truth: bytes = b" size and", prefilled: bool = True) -> Task:
    return Task(
        position=TokenPosition(0, 4, start, start + 5, 7, entropy, -1.0, 1, 9),
        document_name="doc",
        context="the",
        prompt="the <think>",
        prompt_ids=(1, 2, 3),
        context_ids=(1,),
        think_prefilled=prefilled,
        truth=truth,
        boundaries=(5, 9),
    )


def given(right: bool, response: str = "", *, length: int = 4, truncated: bool = False) -> Answer:
    prediction = b" size" if right else None
    return Answer(right, "match" if right else "no_box", prediction, response, length, truncated)


def test_plain_token_is_right_when_its_bytes_are_the_next_tokens() -> None:
    assert judge_token(task(1.0), b" size").right
    assert not judge_token(task(1.0), b" size and").right
    assert not judge_token(task(1.0), b"").right


@pytest.mark.parametrize(
    ("response", "right", "reason"),
    [
        ("hm</think>\\boxed{ size}<end>", True, "match"),
        ("hm</think>\\boxed{ size and}<end>", True, "match"),
        ("hm</think>\\boxed{ si}<end>", False, "boundary_miss"),
        ("\\boxed{ size}<end>", False, "no_think_end"),
        ("hm</think> size<end>", False, "no_box"),
    ],
)
def test_response_is_judged_by_the_prefix_rule(response: str, right: bool, reason: str) -> None:
    found = judge_response(task(1.0), response, length=9, truncated=False, end_tokens=("<end>",))
    assert (found.right, found.reason, found.length) == (right, reason, 9)


def test_truncated_response_is_wrong_whatever_it_holds() -> None:
    found = judge_response(task(1.0), "</think>\\boxed{ size}", length=9, truncated=True, end_tokens=())
    assert (found.right, found.reason, found.prediction) == (False, "truncated", b" size")


def test_splits_nest_and_each_mode_counts_its_own_answers() -> None:
    answered = [
        Answered(task(0.7), "standard", (given(True),)),
        Answered(task(1.2), "standard", (given(True),)),
        Answered(task(1.7), "standard", (given(False),)),
        Answered(task(1.7), "reasoning", (given(True),)),
    ]
    found = {one.key: (one.n, one.correct, one.accuracy) for one in score(answered)}
    assert found == {
        "eval/standard/easy": (3, 2, 2 / 3),
        "eval/standard/medium": (2, 1, 0.5),
        "eval/standard/hard": (1, 0, 0.0),
        "eval/reasoning/easy": (1, 1, 1.0),
        "eval/reasoning/medium": (1, 1, 1.0),
        "eval/reasoning/hard": (1, 1, 1.0),
    }


def test_split_without_a_position_has_no_score() -> None:
    assert [one.split for one in score([Answered(task(0.7), "standard", (given(True),))])] == ["easy"]
    assert score([Answered(task(0.5), "standard", (given(True),))]) == ()


def test_several_responses_give_pass_at_k_and_an_interval_over_positions() -> None:
    answered = [
        Answered(task(0.7), "reasoning", (given(True), given(False), given(False), given(False))),
        Answered(task(0.8), "reasoning", tuple(given(False) for _ in range(4))),
    ]
    (easy,) = score(answered)
    assert (easy.n, easy.samples, easy.correct, easy.accuracy) == (2, 4, 1, 0.125)
    assert easy.pass_at == {"1": 0.125, "2": 0.25, "4": 0.5}
    assert easy.low < 0.125 < easy.high
    assert easy.high > 0.6  # two positions say little, however many responses there are


def test_format_truncation_length_and_patterns_are_counted_over_responses() -> None:
    answered = [
        Answered(
            task(0.7), "reasoning", (given(True, "Wait, so", length=2), given(False, "Finally", length=6))
        ),
        Answered(task(0.8), "reasoning", (given(False, truncated=True), given(False, "wait"))),
    ]
    (easy,) = score(answered)
    assert (easy.format_share, easy.truncated, easy.mean_length) == (0.25, 0.25, 4.0)
    assert (easy.patterns["reflection"], easy.patterns["deduction"]) == (0.5, 0.25)


def test_standard_mode_has_neither_format_nor_patterns() -> None:
    (easy,) = score([Answered(task(0.7), "standard", (given(True),))])
    assert (easy.format_share, easy.pass_at, easy.patterns) == (None, {}, {})


def test_set_of_positions_has_one_name_in_any_order_and_another_with_another_place() -> None:
    one, two, three = task(0.7, start=1), task(0.7, start=2), task(0.7, start=3)
    assert positions_key([one, two]) == positions_key([two, one])
    assert positions_key([one, two]) != positions_key([one, three])
