"""The columns read off logits."""

from __future__ import annotations

import math

import pytest
import torch

from training.positions.candidates import describe, top_k


@pytest.mark.parametrize("vocabulary", [20, 100, 640, 2048, 2050])
def test_top_k_is_that_of_a_plain_search(vocabulary: int) -> None:
    logits = torch.randn(50, vocabulary, generator=torch.Generator().manual_seed(0))
    values, ids = top_k(logits, 16)
    expected = logits.topk(16, -1)
    assert torch.equal(values, expected.values)
    assert torch.equal(ids, expected.indices)


def test_top_k_finds_tokens_that_share_a_block() -> None:
    logits = torch.zeros(1, 4096)
    logits[0, 128:144] = torch.arange(1.0, 17.0)
    assert top_k(logits, 16)[1][0].tolist() == list(range(143, 127, -1))


def test_vocabulary_smaller_than_k_gives_all_of_it() -> None:
    assert top_k(torch.tensor([[1.0, 3.0, 2.0]]), 16)[1].tolist() == [[1, 2, 0]]


def test_columns_of_a_known_distribution() -> None:
    probabilities = [0.5, 0.25, 0.125, 0.125]
    logits = torch.tensor([probabilities, probabilities]).log() + 7.0
    said = describe(logits, torch.tensor([0, 1]), 2, "renormalised")
    assert said["truth_logprob"].tolist() == pytest.approx([math.log(0.5), math.log(0.25)])
    assert said["truth_rank"].tolist() == [0, 1]
    assert said["argmax_id"].tolist() == [0, 0]
    assert said["top_ids"].tolist() == [[0, 1], [0, 1]]
    assert said["top_logprobs"][0].tolist() == pytest.approx([math.log(0.5), math.log(0.25)])
    expected = -(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3))
    assert said["entropy"].tolist() == pytest.approx([expected, expected])


def test_estimator_chooses_the_entropy() -> None:
    logits = torch.tensor([[0.5, 0.25, 0.125, 0.125]]).log()
    raw = describe(logits, torch.tensor([0]), 2, "raw")["entropy"]
    full = describe(logits, torch.tensor([0]), 2, "full")["entropy"]
    assert raw.item() == pytest.approx(0.5 * math.log(2) + 0.25 * math.log(4))
    assert full.item() == pytest.approx(1.75 * math.log(2))
