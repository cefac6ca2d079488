"""Which distribution tokens are drawn from, and which token a random number picks."""

from __future__ import annotations

import math

import pytest
import torch

from training.models.sampling import draw, sampling_logprobs

PROBABILITIES = torch.tensor([[0.5, 0.0, 0.3, 0.2]])
LOGITS = PROBABILITIES.log()


def test_temperature_scales_the_logits() -> None:
    logprobs = sampling_logprobs(torch.tensor([[2.0, 0.0]]), temperature=2.0, top_p=1.0)
    assert logprobs[0].tolist() == pytest.approx([-math.log(1 + math.exp(-1)), -math.log(1 + math.e)])


def test_nucleus_keeps_the_smallest_set_that_reaches_its_mass() -> None:
    logprobs = sampling_logprobs(LOGITS, temperature=1.0, top_p=0.6)
    assert logprobs.exp()[0].tolist() == pytest.approx([0.625, 0.0, 0.375, 0.0])


def test_tiny_nucleus_keeps_the_argmax() -> None:
    assert sampling_logprobs(LOGITS, temperature=1.0, top_p=0.01).exp()[0].tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("uniform", "token"), [(0.0, 0), (0.499, 0), (0.501, 2), (0.799, 2), (0.801, 3), (0.99999994, 3)]
)
def test_uniform_number_picks_the_token_that_holds_it(uniform: float, token: int) -> None:
    tokens, logprobs = draw(LOGITS, torch.tensor([uniform]))
    assert tokens.tolist() == [token]
    assert logprobs.tolist() == pytest.approx([math.log(PROBABILITIES[0, token])])


def test_token_without_mass_is_never_drawn() -> None:
    table = torch.tensor([[0.0, 1.0, 0.0]]).log()
    for uniform in (0.0, 0.5, 0.99999994, 1.0):
        assert draw(table, torch.tensor([uniform]))[0].tolist() == [1]


def test_without_a_random_number_the_argmax_is_taken() -> None:
    assert draw(LOGITS, None)[0].tolist() == [0]
