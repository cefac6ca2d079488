"""The rollouts of a step, read back from verl's queue as records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from training.engine.methods.base import Outcome
from training.records import AnyTask, Rollout, RolloutGroup

ENTROPIES = "entropies"
"""What a rollout server calls the entropies of a response's tokens among its extra fields."""
_FIELDS = ["index", "responses", "rollout_log_probs", "rm_scores", "extra_fields"]


@dataclass(frozen=True, slots=True)
class Row:
    """One response in verl's queue."""

    row: int  # of the dataset
    sample: int  # 0-based place within its group
    response_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    reward: float  # as the update uses it
    advantage: float  # group-relative; 0 where none was computed
    outcome: Outcome
    entropies: tuple[float, ...] = ()  # where the rollout server tells them


def read_rows(keys: Sequence[str], partition: str, *, advantages: bool) -> list[Row]:
    """The responses of these keys by dataset row, samples of one in their order."""
    import transfer_queue

    # verl leaves the advantages as it computed them in `returns` too, which no method weights.
    fields = [*_FIELDS, "returns"] if advantages else _FIELDS
    data = transfer_queue.kv_batch_get(keys=list(keys), partition_id=partition, select_fields=fields)
    columns = {name: list(data[name]) for name in fields}
    rows = [
        Row(
            row=int(columns["index"][at]),
            sample=_sample_of(key),
            response_ids=tuple(columns["responses"][at].tolist()),
            logprobs=tuple(columns["rollout_log_probs"][at].tolist()),
            reward=float(columns["rm_scores"][at].sum()),  # it stands at the last token
            # GRPO gives every token of a response the same one.
            advantage=float(columns["returns"][at][0]) if advantages else 0.0,
            outcome=outcome_of(columns["extra_fields"][at]),
            entropies=tuple(_plain(columns["extra_fields"][at]).get(ENTROPIES) or ()),
        )
        for at, key in enumerate(keys)
    ]
    return sorted(rows, key=lambda row: (row.row, row.sample))


def read_groups(batch: Any, step: int, task_of: Callable[[int], AnyTask]) -> tuple[RolloutGroup, ...]:
    """The groups of the batch just used for an update, in training order, samples in theirs.

    Args:
        batch: verl's KVBatchMeta, after its advantages were computed.
        step: the GRPO step, from 1.
        task_of: the task of a dataset row.
    """
    rows = read_rows(real_keys(batch), batch.partition_id, advantages=True)
    groups = []
    for number, (row, members) in enumerate(groupby(rows, key=lambda item: item.row)):
        samples = list(members)
        argmax = (one.outcome.argmax_id for one in samples)
        groups.append(
            RolloutGroup(
                step,
                task_of(row),
                tuple(_rollout(number, sample) for sample in samples),
                next((token for token in argmax if token is not None), None),
            )
        )
    return tuple(groups)


def real_keys(batch: Any) -> list[str]:
    """The keys of a batch without the rows that only fill it up."""
    return [key for key, tag in zip(batch.keys, batch.tags, strict=True) if not tag.get("is_padding", False)]


def outcome_of(extra_fields: Any) -> Outcome:
    """How a response was judged."""
    return Outcome.of(_plain(extra_fields)["outcome"])


def _plain(extra_fields: Any) -> dict[str, Any]:
    """A field that is no tensor may come back wrapped."""
    found: dict[str, Any] = getattr(extra_fields, "data", extra_fields)
    return found


def _rollout(number: int, row: Row) -> Rollout:
    outcome = row.outcome
    return Rollout(
        group=number,
        sample=row.sample,
        response=outcome.response,
        response_ids=row.response_ids,
        logprobs=row.logprobs,
        truncated=outcome.truncated,
        reward=replace(outcome.reward, value=row.reward),
        advantage=row.advantage,
        first_token=outcome.first_token,
        first_probability=outcome.first_probability,
        entropies=row.entropies,
    )


def _sample_of(key: str) -> int:
    """verl's keys read `{uid}_{sample}_{turn}`."""
    return int(key.rsplit("_", 2)[1])
