"""verl's replay buffer for a run in which every rollout counts.

verl trains on what is left when some rollouts of a group failed, and waits for ever for a worker
that died. Here either ends the run with an error that can be retried. The buffer is where a group is
known as a whole for the first time: rewards that depend on the group are settled here, and dynamic
sampling replaces groups without a gradient. verl's own filter has no cap, refills twice what it drops
and picks groups in the order they finish; this one goes by whole batches, in the order of the
positions. Loaded by verl through `trainer.v1.sampler.custom_sampler`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import transfer_queue
from tensordict import TensorDict
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer

from training.contract.errors import ForesightError
from training.engine.batch import outcome_of
from training.engine.groups import (
    DynamicSampling,
    GroupCounts,
    SampledGroup,
    at_the_cap,
    count,
    pick,
    settled,
)

POLL_SECONDS = 0.05
"""verl looks every 2 s, which is longer than a step of a small model."""
_TRAIN = "train"


class StrictReplayBuffer(ReplayBuffer):
    """A replay buffer that never gives an incomplete batch and can be told to look around while it waits."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.poll_interval = POLL_SECONDS
        self.while_waiting: Callable[[], None] = lambda: None
        self.conditional = False  # a reward counts only in a group in which something is right
        self.unjudged: Callable[[Sequence[str]], Exception] = _unexpected  # why, and what to do with them
        self.dynamic: DynamicSampling | None = None
        self.counts: GroupCounts | None = None  # of the batch sampled last

    def sample(self, global_steps: int, partition_id: str, batch_size: int) -> tuple[Any, dict[str, Any]]:
        """The groups of one step, their rewards settled.

        Raises:
            ForesightError: rollouts failed or the judge is down (retryable), or dynamic sampling reached its
                cap.
        """
        if partition_id != _TRAIN:
            given: tuple[Any, dict[str, Any]] = super().sample(global_steps, partition_id, batch_size)
            return given
        dynamic = self.dynamic if self.dynamic and global_steps >= self.dynamic.first_step else None
        groups: list[SampledGroup] = []
        batches = 1
        while True:
            self._wait_for(len(groups) + batch_size)
            groups = self._finished()
            chosen = pick(groups, batch_size) if dynamic else groups
            if len(chosen) >= batch_size:
                break
            if dynamic is None or batches >= dynamic.max_batches:
                raise at_the_cap(count(groups, 0), batches, batch_size)
            batches += 1
            self.refill_fn(batch_size)
        self.counts = count(groups, len(chosen))
        order = {group.uid: place for place, group in enumerate(chosen)}
        self._clear_groups(_TRAIN, {group.uid for group in groups} - order.keys())
        batch = self._materialize_batch(_TRAIN, list(order), dict(self.partitions[_TRAIN]))
        # In the order of their positions: which groups share a mini-batch does not depend on who finished first.
        batch.reorder(
            sorted(range(len(batch.keys)), key=lambda at: (order[_uid(batch.keys[at])], batch.keys[at]))
        )
        return batch, {}

    def _wait_for(self, prompts: int) -> None:
        """Until so many prompts are finished and none is on its way."""
        last_debug_time = 0.0
        while True:
            self._sync_metadata_from_transfer_queue()  # type: ignore[no-untyped-call]
            nothing: tuple[set[str], set[str], set[str], Any] = (set(), set(), set(), None)
            done = self._sampleable_terminal_keys(_TRAIN, nothing)
            if len(done) >= prompts and not self.pending_keys[_TRAIN] and not self.running_keys[_TRAIN]:
                return
            last_debug_time = self._wait_for_next_poll(_TRAIN, last_debug_time)

    def _finished(self) -> list[SampledGroup]:
        """Every finished group in the order of its position; rewards that their group changed are stored."""
        keys = sorted(self.partitions[_TRAIN])
        fields = ["index", "rm_scores", "extra_fields"]
        data = transfer_queue.kv_batch_get(keys=keys, partition_id=_TRAIN, select_fields=fields)
        outcomes = [outcome_of(extra) for extra in data["extra_fields"]]
        if not all(outcome.settled for outcome in outcomes):
            raise self.unjudged(keys)
        members: dict[str, list[tuple[str, int, float, str]]] = {}
        columns = (list(data[name]) for name in ("index", "rm_scores"))
        for key, row, scores, outcome in zip(keys, *columns, outcomes, strict=True):
            one = (key, int(row), float(scores.sum()), outcome.reward.reason)
            members.setdefault(_uid(key), []).append(one)
        groups = []
        for uid, rollouts in members.items():
            _, rows, rewards, reasons = zip(*rollouts, strict=True)
            groups.append(settled(SampledGroup(uid, rows[0], rewards, reasons), conditional=self.conditional))
            if groups[-1].rewards != rewards:
                self._take_back([key for key, *_ in rollouts])
        return sorted(groups, key=lambda group: group.row)

    def _take_back(self, keys: Sequence[str]) -> None:
        """Store a reward of 0 for these rollouts."""
        data = transfer_queue.kv_batch_get(keys=list(keys), partition_id=_TRAIN, select_fields=["rm_scores"])
        zeros = torch.nested.as_nested_tensor(
            [torch.zeros_like(scores) for scores in data["rm_scores"]], layout=torch.jagged
        )
        fields = TensorDict({"rm_scores": zeros}, batch_size=len(keys))
        transfer_queue.kv_batch_put(keys=list(keys), partition_id=_TRAIN, fields=fields)

    def _sampleable_terminal_keys(self, partition_id: str, eviction_reasons: Any) -> set[str]:
        failed = len(self.failure_keys[partition_id])
        if failed:
            raise ForesightError(
                f"{failed} contexts of this step could not be sampled; the trainer's log has the reason.",
                field="engine",
                remedy="Try again; the run goes on from its last checkpoint.",
                retryable=True,
            )
        keys: set[str] = super()._sampleable_terminal_keys(partition_id, eviction_reasons)
        return keys

    def _wait_for_next_poll(self, partition_id: str, last_debug_time: float) -> float:
        self.while_waiting()
        waited: float = super()._wait_for_next_poll(partition_id, last_debug_time)
        return waited


def _unexpected(keys: Sequence[str]) -> Exception:
    return RuntimeError(f"{len(keys)} responses without a verdict, and nobody to say why")


def _uid(key: str) -> str:
    """The prompt a rollout's key belongs to; verl's keys read `{uid}_{sample}_{turn}`."""
    return key.split("_")[0]
