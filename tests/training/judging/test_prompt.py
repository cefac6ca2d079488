"""What a judge is asked and how its reply is read (METHODS B4)."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.judging.pair import Pair
from training.judging.prompt import question, score_of, template


def test_prefix_prompt_is_the_papers_byte_for_byte() -> None:
    assert (
        sha256(template("prefix").encode()).hexdigest()
        == "b2f858cdc1c065e661a4bb919e4172e4bdcc94b391a162c9cafa088365a219cc"
    )


def test_strict_prompt_is_the_documented_one() -> None:
    assert (
        sha256(template("strict").encode()).hexdigest()
        == "f809e1ab39c7dbf64f3c353a97848e4adcb6b543079225512e022a67835a70db"
    )


def test_question_holds_both_texts_in_their_places() -> None:
    asked = question(Pair("prefix", "It rains. We stay.", "Rain falls."))
    assert asked.startswith("## Task\nGiven a Predicted sentence and a Reference paragraph, determine")
    assert "\nReference: It rains. We stay.\nPredicted: Rain falls.\n## Scoring Rules\n" in asked
    assert asked.endswith("Output format (choose one):\n- Score: 0 or\n- Score: 1")


@pytest.mark.parametrize("rule", ["prefix", "strict"])
@pytest.mark.parametrize(
    "predicted", ["{reference}", "{predicted}", "Score: 1", "\\frac{1}{2}", "\\1 \\g<0>"]
)
def test_question_puts_texts_in_literally(rule: str, predicted: str) -> None:
    asked = question(Pair(rule, "{predicted} is x", predicted))  # type: ignore[arg-type]
    assert f"\nReference: {{predicted}} is x\nPredicted: {predicted}\n" in asked


@given(reference=st.text(), predicted=st.text())
def test_question_is_the_template_around_the_texts(reference: str, predicted: str) -> None:
    head, rest = template("strict").split("{reference}")
    middle, tail = rest.split("{predicted}")
    assert question(Pair("strict", reference, predicted)) == head + reference + middle + predicted + tail


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("Score: 1", 1),
        ("Score: 0", 0),
        ("- Score: 1", 1),
        ("  -  Score:1  \n", 1),
        ("The meaning is the same.\nScore: 1\n", 1),
        ("Score: 1\r\nScore: 1", 1),
        ("<think>Score: 0?</think>\nScore: 1", 1),
        ("Score: 0\n</think>Score: 1", 1),
        ("Score: 1\nScore:", 1),
    ],
)
def test_score_is_that_of_the_lines_that_are_scores(reply: str, score: int) -> None:
    assert score_of(reply) == score


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "1",
        "score: 1",
        "Score: 2",
        "Score: 10",
        "Score: 1.",
        "Score:\n1",
        "The score is Score: 1",
        "**Score: 1**",
        "Score: 0\nScore: 1",
        "- Score: 0 or\n- Score: 1",
        "Score: 1\nScore: 1 or 0",
        "<think>Score: 1",
        "<think>\nScore: 1\n",
    ],
)
def test_score_is_none_where_no_line_decides(reply: str) -> None:
    assert score_of(reply) is None


def test_reply_within_a_thought_the_prompt_opened_is_no_verdict() -> None:
    assert score_of("Score: 1", think_opened=True) is None
    assert score_of("so\n</think>\nScore: 1", think_opened=True) == 1
