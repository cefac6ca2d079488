"""The prefix-matching reward on bytes (RPT Eq. 3; METHODS A5)."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards.prefix import prefix_reward

TOKENS = (b" size", b" and", b" decreases")
TRUTH = b"".join(TOKENS)
BOUNDARIES = (5, 9, 19)


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (b" size", (1.0, "match")),
        (b" size and", (1.0, "match")),
        (b" size and decreases", (1.0, "match")),
        (b"size", (0.0, "mismatch")),
        (b" si", (0.0, "boundary_miss")),
        (b" size ", (0.0, "boundary_miss")),
        (b"", (0.0, "empty")),
        (b" ", (0.0, "boundary_miss")),
        (b" Size", (0.0, "mismatch")),
        (b" size and decreases more", (0.0, "mismatch")),
    ],
)
def test_prediction_matches_on_a_token_boundary_alone(prediction: bytes, expected: tuple[float, str]) -> None:
    assert prefix_reward(prediction, TRUTH, BOUNDARIES) == expected


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (b" ", (1.0, "match")),
        (" 🙂".encode(), (1.0, "match")),
        (" 🙂!".encode(), (1.0, "match")),
        (" 🙂".encode()[:3], (1.0, "match")),
        (" 🙂".encode()[:4], (0.0, "boundary_miss")),
        ("🙂".encode(), (0.0, "mismatch")),
    ],
)
def test_emoji_split_over_tokens_keeps_its_own_boundaries(
    prediction: bytes, expected: tuple[float, str]
) -> None:
    assert prefix_reward(prediction, " 🙂!".encode(), (1, 3, 5, 6)) == expected


def test_zero_among_the_boundaries_never_rewards_nothing() -> None:
    assert prefix_reward(b"", TRUTH, (0, *BOUNDARIES)) == (0.0, "empty")


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=8), st.integers(0, 60))
def test_prefix_of_the_truth_is_rewarded_exactly_on_boundaries(tokens: list[bytes], length: int) -> None:
    truth = b"".join(tokens)
    boundaries = tuple(accumulate(len(token) for token in tokens))
    value, reason = prefix_reward(truth[:length], truth, boundaries)
    assert (value == 1.0) == (min(length, len(truth)) in boundaries)
    assert (value == 1.0) == (reason == "match")


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_prediction_that_is_no_prefix_earns_nothing(prediction: bytes, truth: bytes) -> None:
    if not truth.startswith(prediction):
        assert prefix_reward(prediction, truth, range(1, 13)) == (0.0, "mismatch")
