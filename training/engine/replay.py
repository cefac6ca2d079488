"""verl's replay buffer for a run in which every rollout counts.

verl trains on what is left when some rollouts of a group failed, and waits for ever for a worker
that died. Here either ends the run with an error that can be retried. Loaded by verl through
`trainer.v1.sampler.custom_sampler`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer

from training.contract.errors import ForesightError

POLL_SECONDS = 0.05
"""verl looks every 2 s, which is longer than a step of a small model."""


class StrictReplayBuffer(ReplayBuffer):
    """A replay buffer that never gives an incomplete batch and can be told to look around while it waits."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.poll_interval = POLL_SECONDS
        self.while_waiting: Callable[[], None] = lambda: None

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
