"""RPT's conditional dense reward: dense only where some rollout of the group is right (METHODS A5, a variant).

In a group in which nothing is right, what the policy finds likely would be all that is learned. Such a
group earns nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.records import Reward


def any_right(reasons: Sequence[str]) -> bool:
    """Whether some rollout of a group is right by RPT Eq. 3."""
    return "match" in reasons


def conditional_dense(group: Sequence[Reward]) -> tuple[Reward, ...]:
    """The dense rewards of one whole group, or zeros where none of its rollouts is right."""
    if any_right([reward.reason for reward in group]):
        return tuple(group)
    return tuple(replace(reward, value=0.0) for reward in group)
