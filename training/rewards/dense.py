"""RPT's dense reward: a wrong prediction earns what the policy gives its first token (METHODS A5, a variant).

r = 1 if the prediction is right by RPT Eq. 3, else p(first token of the prediction | the plain context),
of the policy that sampled, at temperature 1 and without a thought. No gradient flows through it. A
response without a readable prediction, or one that was cut off, earns nothing. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from training.records import Reward

_JUDGED = frozenset({"mismatch", "boundary_miss"})


def wants_probability(reward: Reward) -> bool:
    """Whether a response judged by the prefix rule has a prediction that may earn a part of a point."""
    return bool(reward.prediction) and reward.reason in _JUDGED


def dense_reward(reward: Reward, probability: float | None) -> Reward:
    """The prefix rule's reward with the part of a point that a wrong prediction earns.

    Args:
        reward: by the prefix rule.
        probability: of the prediction's first token at the plain context; None: it has no first token
            of its own there, or it was not asked for.
    """
    if probability is None or not wants_probability(reward):
        return reward
    return replace(reward, value=probability)
