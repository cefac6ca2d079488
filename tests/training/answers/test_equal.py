"""Whether two answers are the same: by text, by number, by Math-Verify in its own process."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.answers import equal
from training.answers.equal import readable, same_answer

SIGNS = [
    "\\frac",
    "\\sqrt",
    "\\left",
    "\\right",
    "\\begin{pmatrix}",
    "\\text{",
    *"\\{}[]()$^_&%=<>,.0127 xyi|!;中½",
]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("42", "42"),
        ("1,000", "1000"),
        ("27", "27.0"),
        ("05", "5"),
        ("−7", "-7"),  # the minus sign of typography
        ("1/2", r"\frac{1}{2}"),
        (r"\dfrac{3}{4}", "0.75"),
        (r"1\frac{1}{2}", "1.5"),
        ("0.333333", r"\frac13"),
        (r"2\sqrt{3}", r"\sqrt{12}"),
        ("x^2+2x+1", "(x+1)^2"),
        (r"50\%", "50"),
        ("50%", "50"),
        (r"5 \text{ cm}", "5"),
        (r"90^\circ", "90"),
        (r"\$12", "12"),
        ("2,1", "1,2"),
        (r"\{1, 2\}", "2, 1"),
        ("1 and 2", "1,2"),
        ("x = 3", "3"),
        ("6 \\times 7 = 42", "42"),
        ("[1,2)", "[1, 2)"),
        (r"(-\infty, 2]", r"(-\infty,2]"),
        (r"x \in [1,2)", "[1,2)"),
        (r"\text{Evelyn}", "Evelyn"),
        (r"\text{(B)}", "B"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
        ("答案：12", "12"),
        ("12 个苹果。", "12"),
        ("１２", "12"),
        ("x = 1 或 x = 2", "1, 2"),
        ("1、2", "1,2"),
        ("甲", "甲"),
        ("$42$.", "42"),
    ],
)
def test_same_answer_in_another_form_is_right(said: str, right: str) -> None:
    assert same_answer(said, right)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("41", "42"),
        ("-5", "5"),
        ("", "1"),
        (" ", "1"),
        ("(2,1)", "(1,2)"),
        ("(1,2)", "[1,2)"),
        ("0.333", r"\frac13"),
        (r"50\%", "0.5"),
        ("41, 42", "42"),
        ("41 or 42", "42"),
        ("42x", "42"),
        ("three", "3"),
        ("乙", "甲"),
        (r"\frac{1}{", r"\frac12"),
        ("{{{", "1"),
        (r"\frac{" * 4, "5"),
        ("(" * 12, "5"),
        ("1" * 1001, "1" * 1001),
        ("1\x002", "1"),
        ("\ud800", "1"),
    ],
)
def test_another_answer_or_none_is_wrong_and_raises_nothing(said: str, right: str) -> None:
    assert not same_answer(said, right)


@pytest.mark.parametrize("said", ["17 + 25", r"6 \times 7", "10^3 - 958", r"\sqrt{1764}", "21 + 21 + 0"])
def test_whole_number_must_be_worked_out(said: str) -> None:
    assert not same_answer(said, "42")


def test_expression_stands_for_an_answer_that_is_one() -> None:
    assert same_answer(r"\frac{1}{2} + \frac{1}{4}", r"\frac{3}{4}")


def test_comparison_without_end_is_ended_and_the_next_one_works() -> None:
    assert not same_answer("9^{9^{9^{9}}}", r"\frac12")
    assert same_answer(r"\frac{2}{4}", r"\frac12")


def test_comparison_works_in_many_threads_at_once() -> None:
    assert threading.current_thread() is threading.main_thread()
    asked = [(f"\\frac{{{2 * n}}}{{{3 * n}}}", r"\frac{2}{3}") for n in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda pair: same_answer(*pair), asked)) == [True] * 8


def test_child_that_was_killed_is_started_again() -> None:
    assert same_answer(r"\frac{5}{10}", r"\frac{1}{2}")
    process = equal._CHILD._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert same_answer(r"\frac{6}{12}", r"\frac{1}{2}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=20).map("".join))
def test_whatever_stands_in_a_box_is_compared_without_an_error(said: str) -> None:
    assert same_answer(said, r"\frac{1}{7}") in {True, False}


def test_chinese_stays_where_the_right_answer_has_it() -> None:
    assert readable("答案：3 个", "三 个") == "答案:3 个"
    assert readable("答案：3 个", "3") == "3"
