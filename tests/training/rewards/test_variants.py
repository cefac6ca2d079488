"""The variants of the reward (METHODS A5): first token, dense, conditional dense."""

from __future__ import annotations

import pytest

from tests.training.tiny import make_tiny_model
from training.models.token_bytes import load_tokenizer
from training.records import Reason, Reward
from training.rewards.conditional_dense import conditional_dense
from training.rewards.dense import dense_reward, wants_probability
from training.rewards.first_token import InContext, first_token_reward
from training.rewards.registry import score_response, settle_group

TRUTH, BOUNDARIES = b" size and", (5, 9)


@pytest.fixture(scope="module")
def in_context(tmp_path_factory: pytest.TempPathFactory) -> InContext:
    return InContext(load_tokenizer(make_tiny_model(tmp_path_factory.mktemp("tiny"))))


@pytest.mark.parametrize(
    ("prediction", "first", "expected"),
    [
        (b" size", b" size", (1.0, "match")),
        (b" size or", b" size", (1.0, "match")),
        (b" sizes", b" sizes", (0.0, "boundary_miss")),
        (b" si", b" si", (0.0, "boundary_miss")),
        (b" list", b" list", (0.0, "mismatch")),
        (b" size", None, (0.0, "boundary_miss")),
        (b"", None, (0.0, "empty")),
    ],
)
def test_first_token_alone_is_judged(
    prediction: bytes, first: bytes | None, expected: tuple[float, str]
) -> None:
    assert first_token_reward(prediction, first, TRUTH, BOUNDARIES) == expected


@pytest.mark.parametrize(
    ("context", "prediction", "expected"),
    [
        ("the list", b" size and", b" size"),
        ("", b" size", b" size"),
        ("the list s", b"ize", None),  # in context it is the end of " size"
        ("the list", b"", None),
        ("the list", b"\xf0\x9f", None),
    ],
)
def test_first_token_is_that_of_context_and_prediction_together(
    in_context: InContext, context: str, prediction: bytes, expected: bytes | None
) -> None:
    token = in_context.first_token(context, prediction)
    assert (None if token is None else in_context.bytes.bytes_of(token)) == expected


def test_first_token_reward_takes_what_the_prefix_rule_refuses(in_context: InContext) -> None:
    def score(rule: str) -> Reward:
        return score_response(
            rule,
            r"t</think>\boxed{ size or}",
            truncated=False,
            think_prefilled=True,
            truth=TRUTH,
            boundaries=BOUNDARIES,
            first_bytes=lambda prediction: in_context.bytes.bytes_of(
                in_context.first_token("the list", prediction) or 0
            ),
        )

    assert (score("first_token").value, score("prefix").value) == (1.0, 0.0)


def reward(value: float, reason: Reason, prediction: bytes | None = b" list") -> Reward:
    return Reward(value, reason, prediction, "t")


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        (reward(1.0, "match"), 1.0),
        (reward(0.0, "mismatch"), 0.25),
        (reward(0.0, "boundary_miss"), 0.25),
        (reward(0.0, "truncated"), 0.0),
        (reward(0.0, "no_box", None), 0.0),
        (reward(0.0, "empty", b""), 0.0),
    ],
)
def test_dense_gives_a_wrong_prediction_its_probability(judged: Reward, expected: float) -> None:
    found = dense_reward(judged, 0.25)
    assert (found.value, found.reason) == (expected, judged.reason)
    assert wants_probability(judged) is (expected == 0.25)


def test_dense_without_a_first_token_earns_nothing() -> None:
    assert dense_reward(reward(0.0, "mismatch"), None).value == 0.0


def test_conditional_dense_needs_one_right_rollout() -> None:
    wrong = (reward(0.25, "mismatch"), reward(0.5, "boundary_miss"))
    assert [found.value for found in conditional_dense(wrong)] == [0.0, 0.0]
    mixed = (*wrong, reward(1.0, "match"))
    assert conditional_dense(mixed) == mixed
    assert settle_group("dense", wrong) == wrong
    assert [found.value for found in settle_group("conditional_dense", wrong)] == [0.0, 0.0]
