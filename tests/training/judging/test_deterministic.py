"""The word overlap that stands in for a judge in tests."""

from __future__ import annotations

import asyncio

import pytest

from training.judging.deterministic_for_tests import DeterministicForTests, overlaps
from training.judging.pair import Pair
from training.records import Verdict

FIRST = "Let x be two."
BOTH = "Let x be two. Then x is even."


def test_two_segments_are_right_under_prefix_and_wrong_under_strict() -> None:
    assert overlaps(Pair("prefix", BOTH, BOTH))
    assert not overlaps(Pair("strict", FIRST, BOTH))


def test_one_segment_is_right_under_both_rules() -> None:
    assert overlaps(Pair("prefix", BOTH, FIRST))
    assert overlaps(Pair("strict", FIRST, FIRST))


@pytest.mark.parametrize("predicted", ["let X be two", "Let x be 2.", "be two, let x"])
def test_case_punctuation_order_and_a_minority_of_words_do_not_count(predicted: str) -> None:
    assert overlaps(Pair("strict", FIRST, predicted))


@pytest.mark.parametrize("predicted", ["", "...", "Then it", "Let x equal three", "Score: 1", "{reference}"])
def test_other_words_are_wrong_under_both_rules(predicted: str) -> None:
    assert not overlaps(Pair("prefix", BOTH, predicted))
    assert not overlaps(Pair("strict", FIRST, predicted))


def test_a_word_counts_as_often_as_it_stands_there() -> None:
    assert not overlaps(Pair("prefix", "the cat sat on", "the the the the"))


def test_chinese_characters_are_words() -> None:
    assert overlaps(Pair("strict", "设 x 为偶数。", "设 x 是偶数"))
    assert not overlaps(Pair("strict", "设 x 为偶数。", "设 x"))


def test_longer_than_the_reference_is_wrong() -> None:
    assert not overlaps(Pair("prefix", FIRST, BOTH))


def test_verdicts_come_in_order_and_name_the_judge() -> None:
    pairs = [Pair("strict", FIRST, FIRST), Pair("strict", FIRST, "No.")]
    found: dict[int, Verdict] = {}
    asked = DeterministicForTests().ask(pairs, lambda at, verdict, keep=True: found.update({at: verdict}))
    asyncio.run(asked)
    assert found == {
        0: Verdict(1, "Score: 1", "deterministic_for_tests", False, 0.0),
        1: Verdict(0, "Score: 0", "deterministic_for_tests", False, 0.0),
    }
