"""The three entropy estimators on distributions whose entropy is known."""

from __future__ import annotations

import math

import pytest
import torch

from training.positions.entropy import full_entropy, raw_entropy, renormalised_entropy


def _logprobs(probabilities: list[float]) -> torch.Tensor:
    return torch.tensor(probabilities, dtype=torch.float64).log()


def test_uniform_over_sixteen_has_ln_16_renormalised() -> None:
    assert renormalised_entropy(_logprobs([1 / 16] * 16)).item() == pytest.approx(math.log(16))
    assert math.log(16) == pytest.approx(2.7726, abs=1e-4)


def test_one_certain_token_has_no_entropy() -> None:
    certain = _logprobs([1.0] + [0.0] * 15)
    for estimate in (renormalised_entropy, raw_entropy, full_entropy):
        assert estimate(certain).item() == 0.0


def test_estimators_differ_on_a_flat_distribution_as_much_as_the_reference_says() -> None:
    # METHODS A2. 16 tokens that each are 0.87 times as likely as the one before hold 35 % of the
    # mass; 465 equal tokens hold the rest.
    weights = [0.87**place for place in range(16)]
    likely = [0.35 * weight / sum(weights) for weight in weights]
    logprobs = _logprobs(likely + [0.65 / 465] * 465)
    top = logprobs.topk(16).values
    assert full_entropy(logprobs).item() == pytest.approx(5.55, abs=0.005)
    assert raw_entropy(top).item() == pytest.approx(1.27, abs=0.005)
    assert renormalised_entropy(top).item() == pytest.approx(2.59, abs=0.005)


def test_full_entropy_of_a_uniform_vocabulary_is_the_log_of_its_size() -> None:
    logprobs = _logprobs([1 / 257] * 257)
    top = logprobs.topk(16).values
    assert full_entropy(logprobs).item() == pytest.approx(5.5491, abs=1e-4)
    assert raw_entropy(top).item() == pytest.approx(16 / 257 * math.log(257))
    assert renormalised_entropy(top).item() == pytest.approx(math.log(16))


def test_renormalised_entropy_takes_logits_as_well() -> None:
    logits = torch.tensor([3.0, 1.0, 0.5])
    assert renormalised_entropy(logits).item() == pytest.approx(
        renormalised_entropy(logits.log_softmax(-1)).item()
    )


def test_estimators_work_row_by_row() -> None:
    table = torch.stack([_logprobs([0.5, 0.5]), _logprobs([1.0, 0.0])])
    assert full_entropy(table).tolist() == pytest.approx([math.log(2), 0.0])
