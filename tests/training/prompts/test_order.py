"""The order of positions."""

from __future__ import annotations

import pytest

from training.prompts.order import order_positions

POSITIONS = tuple(range(10))


def test_order_same_seed_is_the_same() -> None:
    assert order_positions(POSITIONS, 3, 10) == order_positions(POSITIONS, 3, 10)
    assert order_positions(POSITIONS, 3, 10) != order_positions(POSITIONS, 4, 10)


def test_order_longer_begins_with_the_shorter() -> None:
    assert order_positions(POSITIONS, 3, 25)[:7] == order_positions(POSITIONS, 3, 7)


def test_order_beyond_the_positions_takes_each_once_a_round_in_new_orders() -> None:
    ordered = order_positions(POSITIONS, 0, 25)
    rounds = (ordered[:10], ordered[10:20])
    assert len(ordered) == 25
    assert all(sorted(taken) == list(POSITIONS) for taken in rounds)
    assert rounds[0] != rounds[1]
    assert len(set(ordered[20:])) == 5


def test_order_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no positions"):
        order_positions((), 0, 1)
