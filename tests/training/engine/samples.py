"""Small records for tests: tasks and rollouts with the few values a test is about."""

from __future__ import annotations

from training.records import Reason, Reward, Rollout, RolloutGroup, Task, TokenPosition


def task(truth: bytes = b" size and", boundaries: tuple[int, ...] = (5, 9), index: int = 4) -> Task:
    return Task(
        position=TokenPosition(2, index, 17, 22, 9, 1.25, -0.5, 1, 3),
        document_name="sizes",
        context="the list's",
        prompt="the list's\n<think>",
        prompt_ids=(5, 6, 7),
        context_ids=(5, 6),
        think_prefilled=True,
        truth=truth,
        boundaries=boundaries,
    )


def rollout(
    sample: int,
    value: float,
    *,
    prediction: bytes | None = b" size",
    reason: Reason = "match",
    ids: tuple[int, ...] = (8, 9, 2),
    advantage: float = 0.0,
    truncated: bool = False,
) -> Rollout:
    return Rollout(
        group=0,
        sample=sample,
        response="so</think>\\boxed{ size}",
        response_ids=ids,
        logprobs=tuple(-0.5 for _ in ids),
        truncated=truncated,
        reward=Reward(value, reason, prediction, "so"),
        advantage=advantage,
    )


def group(*rollouts: Rollout, argmax_id: int | None = None, of: Task | None = None) -> RolloutGroup:
    return RolloutGroup(12, of or task(), rollouts, argmax_id)
