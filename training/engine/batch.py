"""The rollouts of a step, read back from verl's queue as records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

from training.engine.scoring import Judge
from training.records import Rollout, RolloutGroup, Task

FIELDS = ["index", "responses", "advantages", "rollout_log_probs", "rm_scores", "extra_fields"]


def read_groups(
    batch: Any, step: int, task_of: Callable[[int], Task], judge: Judge
) -> tuple[RolloutGroup, ...]:
    """The groups of the batch just used for an update, in training order, samples in theirs.

    Args:
        batch: verl's KVBatchMeta, after its advantages were computed.
        step: the GRPO step, from 1.
        task_of: the task of a dataset row.
        judge: reads the responses again, with the rule the rollout used. The rewards are those of the
            batch itself: a dense one holds what the policy said when it sampled, and may have been
            settled by its group.
    """
    import transfer_queue

    data = transfer_queue.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=FIELDS)
    columns = [list(data[name]) for name in FIELDS]
    rows = [
        (int(row), _sample_of(key), response, advantage, logprobs, scores, plain(extra))
        for key, tag, row, response, advantage, logprobs, scores, extra in zip(
            batch.keys, batch.tags, *columns, strict=True
        )
        if not tag.get("is_padding", False)
    ]
    rows.sort(key=lambda item: item[:2])
    groups = []
    for number, (row, members) in enumerate(groupby(rows, key=lambda item: item[0])):
        task = task_of(row)
        samples = list(members)
        rollouts = tuple(_rollout(number, task, judge, *sample[1:]) for sample in samples)
        argmax = [sample[6].get("argmax_id") for sample in samples]
        groups.append(
            RolloutGroup(step, task, rollouts, next((token for token in argmax if token is not None), None))
        )
    return tuple(groups)


def _rollout(
    number: int,
    task: Task,
    judge: Judge,
    sample: int,
    response: Any,
    advantage: Any,
    logprobs: Any,
    scores: Any,
    extra: dict[str, Any],
) -> Rollout:
    ids = tuple(response.tolist())
    judged = judge.judge(task, ids)
    return Rollout(
        group=number,
        sample=sample,
        response=judged.response,
        response_ids=ids,
        logprobs=tuple(logprobs.tolist()),
        truncated=judged.truncated,
        reward=replace(judged.reward, value=float(scores.sum())),  # it stands at the last token
        advantage=float(advantage[0]),  # GRPO gives every token of a response the same one
        first_token=judged.first_token,
        first_probability=extra.get("first_probability"),
    )


def _sample_of(key: str) -> int:
    """verl's keys read `{uid}_{sample}_{turn}`."""
    return int(key.rsplit("_", 2)[1])


def plain(value: Any) -> dict[str, Any]:
    """A field that is no tensor may come back wrapped."""
    unwrapped = getattr(value, "data", value)
    return unwrapped if isinstance(unwrapped, dict) else {}
