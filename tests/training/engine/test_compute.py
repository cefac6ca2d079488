"""Compute of a step, counted by hand."""

from __future__ import annotations

from tests.training.evaluation.test_score import task
from training.engine.compute import compute
from training.records import Reward, Rollout, RolloutGroup


def group(*lengths: int) -> RolloutGroup:
    reward = Reward(0.0, "no_box", None, "")
    rollouts = tuple(
        Rollout(0, place, "", tuple(range(length)), (), False, reward, 0.0)
        for place, length in enumerate(lengths)
    )
    return RolloutGroup(1, task(1.0), rollouts)


def test_compute_counts_prompt_and_response_of_every_rollout() -> None:
    # Prompts of 3 tokens: (3 + 5) + (3 + 7) + (3 + 2) + (3 + 1) = 27 tokens
    found = compute([group(5, 7), group(2, 1)], parameters=10)
    assert found == {"compute/rollout_tokens": 27, "compute/train_tokens": 27, "compute/flops": 10 * 8 * 27}


def test_groups_that_dynamic_sampling_dropped_were_sampled_all_the_same() -> None:
    found = compute([group(5, 7), group(2, 1)], parameters=10, sampled_groups=6)
    assert found == {
        "compute/rollout_tokens": 81,
        "compute/train_tokens": 27,
        "compute/flops": 10 * (162 + 162),
    }
