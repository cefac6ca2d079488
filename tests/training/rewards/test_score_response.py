"""A response to a reward: extraction and rule together."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.contract.errors import ForesightError
from training.records import Reward
from training.rewards.registry import score_response


def score(response: str, *, truncated: bool = False) -> Reward:
    return score_response(
        "prefix",
        response,
        truncated=truncated,
        think_prefilled=True,
        truth=b" size and",
        boundaries=(5, 9),
        end_tokens=("<|im_end|>",),
    )


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (r"t</think>\boxed{ size}<|im_end|>", Reward(1.0, "match", b" size", "t")),
        (r"t</think>\boxed{size}", Reward(0.0, "mismatch", b"size", "t")),
        (r"t</think>\boxed{ si}", Reward(0.0, "boundary_miss", b" si", "t")),
        (r"t</think>\boxed{}", Reward(0.0, "empty", b"", "t")),
        (r"t</think> size", Reward(0.0, "no_box", None, "t")),
        (r"t \boxed{ size}", Reward(0.0, "no_think_end", None, r"t \boxed{ size}")),
        (r"t</think>\boxed{ size", Reward(0.0, "unbalanced", None, "t")),
    ],
)
def test_response_earns_its_reward_and_reason(response: str, expected: Reward) -> None:
    assert score(response) == expected


def test_truncated_response_with_the_right_box_earns_nothing() -> None:
    assert score(r"t</think>\boxed{ size}", truncated=True) == Reward(0.0, "truncated", b" size", "t")


def test_rule_unknown_names_the_known_ones() -> None:
    with pytest.raises(ForesightError, match="prefix"):
        score_response("x", "", truncated=False, think_prefilled=True, truth=b"a", boundaries=(1,))


@given(raw=st.binary(min_size=1, max_size=8).filter(lambda raw: raw.decode(errors="replace").encode() != raw))
@example(raw="🙂".encode()[:2])
def test_bytes_that_are_no_character_earn_nothing_and_are_no_failure(raw: bytes) -> None:
    # A response is read as text: half a character is U+FFFD in a box, whatever bytes the truth has there.
    text = raw.decode(errors="replace")
    reward = score_response(
        "prefix",
        f"{text}</think>\\boxed{{a{text}}}.",
        truncated=False,
        think_prefilled=True,
        truth=b"a" + raw,
        boundaries=(1 + len(raw),),
    )
    assert reward.value == 0.0
