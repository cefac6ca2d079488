"""The best constant answer."""

from __future__ import annotations

import pytest

from tests.training.prompts.sample_task import make_task
from training.prompts.constant import constant_answer


def test_constant_answer_is_right_for_most_tasks() -> None:
    tasks = (make_task(b" the end", (4, 8)), make_task(b" a", (2,)), make_task(b" the", (4,)))
    assert constant_answer(tasks) == b" the"


def test_constant_answer_may_span_tokens() -> None:
    tasks = (make_task(b"there", (2, 5)), make_task(b"there", (5,)), make_task(b"th", (2,)))
    assert constant_answer(tasks[:2]) == b"there"


def test_constant_answer_of_equal_counts_is_the_shortest_then_the_first() -> None:
    assert constant_answer((make_task(b"ba", (1, 2)), make_task(b"a", (1,)))) == b"a"


def test_constant_answer_is_whole_characters() -> None:
    assert constant_answer((make_task("🙂!".encode(), (2, 4, 5)),)) == "🙂".encode()


def test_constant_answer_of_no_task_is_an_error() -> None:
    with pytest.raises(ValueError, match="no task"):
        constant_answer(())
