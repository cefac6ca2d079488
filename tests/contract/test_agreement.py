"""Cohen's kappa and its interval: values computed by hand, and a published example."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.contract.agreement import agreement, count_table

Z = 1.959963984540054


def test_table_counts_pairs_of_calls() -> None:
    calls = [("right", "right"), ("right", "wrong"), ("right", "wrong"), ("wrong", "wrong")]
    assert count_table(calls, ("right", "wrong")) == ((1, 2), (0, 1))


def test_call_of_another_category_is_refused() -> None:
    with pytest.raises(ValueError, match="is none of"):
        count_table([("right", "maybe")], ("right", "wrong"))


def test_kappa_of_twenty_five_items() -> None:
    # rows 15, 10; columns 16, 9: p_o = 20 / 25; p_e = (15 x 16 + 10 x 9) / 625 = 0.528
    found = agreement(((13, 2), (3, 7)))
    assert found is not None
    assert found.n == 25
    assert found.observed == pytest.approx(0.8)
    assert found.expected == pytest.approx(0.528)
    assert found.kappa == pytest.approx(0.272 / 0.472)


def test_kappa_and_standard_error_of_a_published_table() -> None:
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, table 18.1: two raters, 100
    # patients. kappa = 0.676, standard error of the interval 0.088.
    found = agreement(((75, 1, 4), (5, 4, 1), (0, 0, 10)))
    assert found is not None and found.kappa is not None and found.low is not None and found.high is not None
    assert found.kappa == pytest.approx(0.676, abs=5e-4)
    assert (found.high - found.low) / (2 * Z) == pytest.approx(0.088, abs=5e-4)


def test_interval_of_two_equal_rates() -> None:
    # p_o = 0.75, p_e = 0.5, kappa = 0.5; a 2 x 2 table with rates of one half has variance (1 - kappa^2) / n
    found = agreement(((15, 5), (5, 15)))
    assert found is not None
    error = ((1 - 0.25) / 40) ** 0.5
    assert (found.low, found.high) == pytest.approx((0.5 - Z * error, 0.5 + Z * error))


def test_chance_agreement_is_zero() -> None:
    found = agreement(((4, 4), (4, 4)))
    assert found is not None
    assert found.kappa == 0


def test_all_apart_is_minus_one() -> None:
    found = agreement(((0, 5), (5, 0)))
    assert found is not None
    assert (found.kappa, found.low) == (-1, -1)


def test_all_agreed_keeps_the_doubt_of_a_small_sample() -> None:
    found = agreement(((5, 0), (0, 5)))
    assert found is not None
    assert (found.kappa, found.high) == (1, 1)
    assert found.low == pytest.approx((10 / (10 + Z * Z) - 0.5) / 0.5)  # 0.445


def test_one_category_alone_has_no_kappa() -> None:
    found = agreement(((7, 0), (0, 0)))
    assert found is not None
    assert (found.n, found.observed, found.kappa, found.low, found.high) == (7, 1, None, None, None)


@pytest.mark.parametrize("table", [((6, 4), (0, 0)), ((0, 23), (0, 25))])
def test_one_rater_of_one_category_alone_agrees_by_chance(table: tuple[tuple[int, ...], ...]) -> None:
    found = agreement(table)
    assert found is not None
    assert (found.kappa, found.low, found.high) == (0, 0, 0)


def test_nothing_rated_is_nothing_known() -> None:
    assert agreement(((0, 0), (0, 0))) is None


@pytest.mark.parametrize("table", [((1, 2),), ((1, -1), (0, 1))])
def test_table_that_is_none_is_refused(table: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="square"):
        agreement(table)


def test_weights_move_kappa_to_what_they_stand_for() -> None:
    # A sample of 5 right and 5 wrong pairs that stand for 5 and 95.
    sampled = agreement(((5, 0), (1, 4)))
    weighted = agreement(((5, 0), (19, 76)))
    assert sampled is not None and weighted is not None
    assert sampled.kappa == pytest.approx(0.8)
    assert weighted.kappa == pytest.approx((0.81 - 0.734) / (1 - 0.734))


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_interval_holds_kappa_and_stays_within_its_range(counts: list[int]) -> None:
    found = agreement((counts[:2], counts[2:]))
    if found is None or found.kappa is None or found.low is None or found.high is None:
        return
    assert -1 <= found.low <= found.kappa + 1e-9
    assert found.kappa - 1e-9 <= found.high <= 1
    swapped = agreement(((counts[0], counts[2]), (counts[1], counts[3])))
    assert swapped is not None and swapped.kappa == pytest.approx(found.kappa)
