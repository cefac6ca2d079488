"""Pass@k, intervals, difficulty, reasoning patterns: values computed by hand."""

from __future__ import annotations

import pytest

from training.contract.difficulty import splits_of
from training.contract.patterns import KEYWORDS, patterns_in, relative_change, shares, spans
from training.evaluation.intervals import wilson
from training.evaluation.passk import pass_at_k, pass_ks


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (64, 1, 8, 0.125),
        (8, 0, 8, 0.0),
        (8, 8, 1, 1.0),
        (8, 2, 1, 0.25),
        (4, 2, 2, 1 - 1 / 6),  # of the 6 pairs one holds no right response
        (4, 3, 2, 1.0),
    ],
)
def test_pass_at_k_counts_the_draws_without_a_right_response(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 1, 5), (4, 1, 0)])
def test_pass_at_k_of_impossible_counts_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="not defined"):
        pass_at_k(n, c, k)


def test_reported_k_are_powers_of_two_and_all_samples() -> None:
    assert [pass_ks(samples) for samples in (1, 2, 6, 8)] == [(1,), (1, 2), (1, 2, 4, 6), (1, 2, 4, 8)]


def test_wilson_interval_of_half_of_ten() -> None:
    # z^2 = 3.8415: centre 0.5, spread 1.96 * sqrt(0.025 + 0.0096) / 1.38415
    assert wilson(5, 10) == pytest.approx((0.23659, 0.76341), abs=1e-5)


def test_wilson_interval_of_none_and_of_all_touches_the_ends() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert wilson(10, 10) == pytest.approx((0.72247, 1.0), abs=1e-5)


def test_wilson_interval_of_a_fraction_lies_between_its_neighbours() -> None:
    assert wilson(2, 10)[0] < wilson(2.5, 10)[0] < wilson(3, 10)[0]


@pytest.mark.parametrize(("right", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_interval_of_no_share_is_refused(right: float, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(right, n)


@pytest.mark.parametrize(
    ("entropy", "expected"),
    [
        (0.5, ()),
        (0.51, ("easy",)),
        (1.0, ("easy",)),
        (1.2, ("easy", "medium")),
        (1.5, ("easy", "medium")),
        (2.7, ("easy", "medium", "hard")),
    ],
)
def test_splits_nest_and_are_above_their_threshold(entropy: float, expected: tuple[str, ...]) -> None:
    assert splits_of(entropy) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wait, no.", {"reflection"}),
        ("He awaits a waiter.", set()),
        ("PROBABLY. Alternatively: or something", {"hypothesis", "transition", "divergent"}),
        ("let me break this\n down", {"breakdown"}),
        ("apples, pears, etc., and so on", {"divergent"}),
        ("the etcetera", set()),
        ("conclude", {"deduction"}),
        ("", set()),
    ],
)
def test_pattern_needs_a_whole_keyword_in_any_case(text: str, expected: set[str]) -> None:
    assert patterns_in(text) == expected


def test_every_keyword_of_the_paper_shows_its_own_pattern() -> None:
    wrong = [
        (word, name) for name, words in KEYWORDS.items() for word in words if name not in patterns_in(word)
    ]
    assert wrong == []
    assert sum(len(words) for words in KEYWORDS.values()) == 24


def test_spans_are_in_order_and_do_not_overlap() -> None:
    text = "Wait: probably, or something like it. Finally"
    assert [(text[span.start : span.end], span.pattern) for span in spans(text)] == [
        ("Wait", "reflection"),
        ("probably", "hypothesis"),
        ("or something", "divergent"),
        ("Finally", "deduction"),
    ]


def test_share_counts_a_response_once() -> None:
    found = shares(["wait wait", "Finally, wait", "nothing", "finally"])
    assert (found["reflection"], found["deduction"], found["hypothesis"]) == (0.5, 0.5, 0.0)
    assert set(shares([]).values()) == {0.0}


def test_relative_change_is_of_the_base_and_absent_without_one() -> None:
    change = relative_change({"hypothesis": 0.2618, "deduction": 0.1}, {"hypothesis": 0.1, "deduction": 0.0})
    assert change["hypothesis"] == pytest.approx(1.618)
    assert change["deduction"] is None
    assert change["reflection"] is None
