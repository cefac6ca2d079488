"""Planted groups: shares per bin, the recommended band, the expected groups with a gradient."""

from __future__ import annotations

import pytest

from training.contract.probe_result import ProbeBin
from training.evaluation.intervals import wilson
from training.probe.groups import (
    Outcome,
    bin_of,
    chance_mixed,
    join_bins,
    make_bins,
    positions_needed,
    recommend,
)

WRONG, RIGHT, BOTH = (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)


def planted(low: float, positions: int, mixed: int, groups: int) -> ProbeBin:
    """A bin of `positions` in which `mixed` of `groups` probed groups are mixed."""
    return ProbeBin(
        low=low,
        high=low + 0.5,
        positions=positions,
        groups=groups,
        all_zero=groups - mixed,
        mixed=mixed,
        all_one=0,
        reward=0.0,
        expected_mixed=mixed / groups if groups else None,
        interval=None,
    )


def test_bin_of_an_edge_is_the_upper_bin() -> None:
    assert [bin_of(entropy) for entropy in (0.0, 0.49, 0.5, 0.99, 1.0, 2.7726)] == [0, 0, 1, 1, 2, 5]


def test_chance_mixed_of_a_whole_group_is_one_or_zero() -> None:
    assert chance_mixed(BOTH, 2) == 1.0
    assert chance_mixed(WRONG, 2) == chance_mixed(RIGHT, 2) == 0.0


def test_chance_mixed_of_more_rollouts_than_the_group_counts_the_draws() -> None:
    # 1 right of 4, two drawn: 3 of the 6 pairs hold it. 2 of 4: 4 of the 6 pairs are mixed.
    assert chance_mixed((1.0, 0.0, 0.0, 0.0), 2) == pytest.approx(3 / 6)
    assert chance_mixed((1.0, 1.0, 0.0, 0.0), 2) == pytest.approx(4 / 6)


def test_chance_mixed_of_fewer_rollouts_takes_those_there_are() -> None:
    assert chance_mixed(BOTH, 8) == 1.0
    assert chance_mixed(WRONG, 8) == 0.0


def test_bins_count_what_was_planted() -> None:
    outcomes = [Outcome(0.6, WRONG), Outcome(0.9, BOTH), Outcome(1.5, RIGHT), Outcome(1.9, BOTH)]
    selected = [0.6, 0.7, 0.9, 1.5, 1.6, 1.9, 1.95]
    low, empty, high = make_bins(selected, outcomes, group_size=2)
    assert (low.low, low.high, low.positions, low.groups) == (0.5, 1.0, 3, 2)
    assert (low.all_zero, low.mixed, low.all_one, low.reward) == (1, 1, 0, 0.25)
    assert (low.expected_mixed, low.interval) == (0.5, wilson(1, 2))
    assert (empty.low, empty.positions, empty.groups, empty.reward, empty.expected_mixed) == (
        1,
        0,
        0,
        None,
        None,
    )
    assert (high.all_zero, high.mixed, high.all_one, high.reward) == (0, 1, 1, 0.75)


def test_join_weights_shares_with_positions_and_not_with_what_was_probed() -> None:
    # 10 % of 900 positions and 50 % of 100: 14 %, though as many were probed of each.
    band = join_bins([planted(0.5, 900, 1, 10), planted(1.0, 100, 5, 10)], contexts_per_step=50)
    assert band.expected_mixed == pytest.approx(0.14)
    assert band.effective_groups == pytest.approx(7.0)
    assert (band.low, band.high, band.positions, band.groups) == (0.5, 1.5, 1000, 20)


def test_join_of_unprobed_bins_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was probed"):
        join_bins([planted(0.5, 10, 0, 0)], 1)


BINS = [planted(0.5, 800, 1, 8), planted(1.0, 300, 4, 8), planted(1.5, 100, 5, 8), planted(2.0, 60, 0, 8)]


def test_recommend_takes_the_bin_with_the_highest_share() -> None:
    band = recommend(BINS, contexts_per_step=8, minimum_positions=100)
    assert band is not None
    assert (band.low, band.high, band.expected_mixed, band.effective_groups) == (1.5, 2.0, 0.625, 5.0)


def test_recommend_joins_neighbours_where_one_bin_holds_too_few_positions() -> None:
    band = recommend(BINS, contexts_per_step=8, minimum_positions=350)
    assert band is not None
    # 1.0 to 2.0: (300 x 0.5 + 100 x 0.625) / 400
    assert (band.low, band.high, band.positions) == (1.0, 2.0, 400)
    assert band.expected_mixed == pytest.approx(0.53125)


def test_recommend_needs_enough_probed_groups() -> None:
    lucky = [planted(0.5, 500, 4, 16), planted(1.0, 500, 1, 1)]
    band = recommend(lucky, contexts_per_step=8, minimum_positions=100)
    assert band is not None and (band.low, band.high) == (0.5, 1.5)
    assert recommend(lucky, 8, 100, minimum_groups=18) is None


def test_recommend_never_spans_a_bin_that_was_not_probed() -> None:
    bins = [planted(0.5, 100, 2, 8), planted(1.0, 100, 0, 0), planted(1.5, 100, 4, 8)]
    band = recommend(bins, 8, minimum_positions=150)
    assert band is None
    assert recommend(bins, 8, minimum_positions=100) == join_bins(bins[2:], 8)


def test_recommend_of_equal_shares_takes_more_positions_then_lower_entropy() -> None:
    equal = [planted(0.5, 100, 2, 8), planted(1.0, 100, 2, 8)]
    band = recommend(equal, 8, 50)
    assert band is not None and (band.low, band.high) == (0.5, 1.5)


def test_positions_needed_is_what_the_run_asks_within_half_of_what_there_is() -> None:
    assert positions_needed(180, contexts_per_step=6, selected=5000) == 180
    assert positions_needed(256_000, contexts_per_step=256, selected=5000) == 2500
    assert positions_needed(180, contexts_per_step=6, selected=4) == 6
