"""The replay buffer of a step: whole batches, rewards settled by their group, groups without a gradient replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
import transfer_queue
from omegaconf import OmegaConf
from tensordict import TensorDict
from transfer_queue import KVBatchMeta

from training.contract.errors import ForesightError
from training.engine.groups import DynamicSampling, GroupCounts
from training.engine.methods.base import Outcome
from training.engine.replay import StrictReplayBuffer
from training.records import Reason, Reward


class Queue:
    """verl's queue in memory: prompts with a status, rollouts with a reward at their last token."""

    def __init__(self) -> None:
        self.tags: dict[str, dict[str, Any]] = {}
        self.rollouts: dict[str, dict[str, Any]] = {}

    def add(
        self, row: int, *rollouts: tuple[float, Reason], status: str = "finished", settled: bool = True
    ) -> None:
        uid = f"{97 * row % 89}u{row}"  # names are in no order
        self.tags[uid] = {"is_prompt": True, "status": status, "global_steps": 1}
        for sample, (value, reason) in enumerate(rollouts):
            scores = torch.zeros(2 + sample)
            scores[-1] = value
            self.tags[f"{uid}_{sample}_0"] = {"seq_len": 5}
            self.rollouts[f"{uid}_{sample}_0"] = {
                "index": row,
                "rm_scores": scores,
                "extra_fields": {
                    "outcome": Outcome("", False, Reward(value, reason, None, ""), settled).plain()
                },
            }

    def kv_list(self) -> dict[str, Any]:
        return {"train": {key: dict(tag) for key, tag in self.tags.items()}}

    def kv_batch_get(self, *, keys: list[str], select_fields: list[str], **_: object) -> dict[str, list[Any]]:
        return {name: [self.rollouts[key][name] for key in keys] for name in select_fields}

    def kv_batch_put(self, *, keys: list[str], fields: TensorDict, **_: object) -> None:
        for key, scores in zip(keys, fields["rm_scores"].unbind(), strict=True):
            self.rollouts[key]["rm_scores"] = scores

    def kv_clear(self, *, keys: list[str], **_: object) -> None:
        for key in keys:
            self.tags.pop(key, None)
            self.rollouts.pop(key, None)


_Pair = tuple[tuple[float, Reason], tuple[float, Reason]]
MIXED: _Pair = ((1.0, "match"), (0.0, "mismatch"))
WRONG: _Pair = ((0.0, "mismatch"), (0.0, "no_box"))
RIGHT: _Pair = ((1.0, "match"), (1.0, "match"))
HOPED: _Pair = ((0.25, "mismatch"), (0.5, "boundary_miss"))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue()
    for name in ("kv_batch_get", "kv_batch_put"):
        monkeypatch.setattr(transfer_queue, name, getattr(made, name))
    monkeypatch.setattr("verl.trainer.ppo.v1.replay_buffer.tq", made)
    return made


def buffer(
    refill: Callable[[int], object] = lambda _: pytest.fail("no refill was due"),
) -> StrictReplayBuffer:
    made = StrictReplayBuffer(
        trainer_mode="sync",
        trainer_config=OmegaConf.create({}),
        max_off_policy_threshold=None,
        max_off_policy_strategy="drop",
        sampler_kwargs=OmegaConf.create({}),
        refill_fn=refill,
    )
    made.poll_interval = 0.0
    return made


def rows(batch: KVBatchMeta, queue: Queue) -> list[int]:
    return [queue.rollouts[key]["index"] for key in batch.keys]


def test_batch_is_in_the_order_of_its_positions(queue: Queue) -> None:
    for row in (5, 3, 4):
        queue.add(row, *WRONG)
    made = buffer()
    batch, _ = made.sample(1, "train", 3)
    assert rows(batch, queue) == [3, 3, 4, 4, 5, 5]
    assert made.counts == GroupCounts(generated=3, effective=0, all_zero=3, all_one=0, used=3)


def test_failed_context_ends_the_step_as_retryable(queue: Queue) -> None:
    queue.add(1, *MIXED)
    queue.add(2, status="failure")
    with pytest.raises(ForesightError, match="1 contexts") as caught:
        buffer().sample(1, "train", 2)
    assert caught.value.retryable


def test_step_whose_judge_is_down_ends_with_what_the_run_says_of_it(queue: Queue) -> None:
    queue.add(1, *MIXED)
    queue.add(2, *WRONG, settled=False)
    told: list[list[str]] = []

    def down(keys: Sequence[str]) -> ForesightError:
        told.append(list(keys))
        return ForesightError("The judge is down.", retryable=True)

    made = buffer()
    made.unjudged = down
    with pytest.raises(ForesightError, match="The judge is down"):
        made.sample(1, "train", 2)
    assert told == [sorted(queue.rollouts)]


def test_conditional_reward_is_taken_back_where_nothing_is_right(queue: Queue) -> None:
    queue.add(1, *HOPED)
    queue.add(2, (0.25, "mismatch"), (1.0, "match"))
    made = buffer()
    made.conditional = True
    batch, _ = made.sample(1, "train", 2)
    assert [float(queue.rollouts[key]["rm_scores"].sum()) for key in batch.keys] == [0.0, 0.0, 0.25, 1.0]


def test_groups_without_a_gradient_are_replaced_until_the_batch_is_full(queue: Queue) -> None:
    waiting = [(3, WRONG), (4, MIXED), (5, MIXED), (6, MIXED)]

    def refill(number: int) -> None:
        for row, rollouts in waiting[:number]:
            queue.add(row, *rollouts)
        del waiting[:number]

    queue.add(1, *RIGHT)
    queue.add(2, *MIXED)
    made = buffer(refill)
    made.dynamic = DynamicSampling(first_step=1, max_batches=3)
    batch, _ = made.sample(1, "train", 2)
    assert rows(batch, queue) == [2, 2, 4, 4]
    assert [row for row, _ in waiting] == [5, 6]
    assert made.counts == GroupCounts(generated=4, effective=2, all_zero=1, all_one=1, used=2)
    assert set(queue.rollouts) == set(batch.keys)  # dropped groups are gone


def test_conditional_groups_are_dropped_by_their_settled_rewards(queue: Queue) -> None:
    queue.add(1, *HOPED)
    made = buffer(lambda number: queue.add(2, *MIXED))
    made.conditional = True
    made.dynamic = DynamicSampling(first_step=1, max_batches=2)
    batch, _ = made.sample(1, "train", 1)
    assert rows(batch, queue) == [2, 2]


def test_cap_ends_the_run_with_the_share_it_saw(queue: Queue) -> None:
    rows_left = iter(range(3, 9))

    def refill(number: int) -> None:
        for _ in range(number):
            queue.add(next(rows_left), *WRONG)

    queue.add(1, *MIXED)
    queue.add(2, *WRONG)
    made = buffer(refill)
    made.dynamic = DynamicSampling(first_step=1, max_batches=3)
    with pytest.raises(ForesightError) as caught:
        made.sample(1, "train", 2)
    assert caught.value.field == "optimisation.max_generation_batches"
    assert "6 groups of 3 generation batches 1 (16.7%)" in caught.value.message


def test_dynamic_sampling_waits_for_its_step(queue: Queue) -> None:
    queue.add(1, *WRONG)
    made = buffer()
    made.dynamic = DynamicSampling(first_step=2, max_batches=3)
    batch, _ = made.sample(1, "train", 1)
    assert rows(batch, queue) == [1, 1]
