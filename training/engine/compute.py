"""The compute of a step in the form the scaling law is measured in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from training.records import RolloutGroup


def compute(
    groups: Sequence[RolloutGroup], parameters: int, sampled_groups: int = 0
) -> dict[str, float | None]:
    """C of one step = 2 N T_rollout + 6 N T_train (METHODS A8).

    T counts prompt and response tokens of each rollout, whether or not a prompt was computed once for
    all its rollouts: C is a measure of the method, not of an implementation.

    Args:
        groups: the groups of the update.
        parameters: N, all of the model's.
        sampled_groups: groups that were sampled, those that dynamic sampling dropped among them; they are
            taken to be as long as the others. 0: none was dropped.
    """
    trained = sum(
        len(group.task.prompt_ids) + len(rollout.response_ids)
        for group in groups
        for rollout in group.rollouts
    )
    sampled = trained * max(len(groups), sampled_groups) / len(groups)
    return {
        "compute/rollout_tokens": sampled,
        "compute/train_tokens": float(trained),
        "compute/flops": parameters * (2.0 * sampled + 6.0 * trained),
    }
