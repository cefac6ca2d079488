"""What a run has cost, and how many tokens next-token training gets for the same.

C = sum over the steps of 2 N T_rollout + 6 N T_train (METHODS A8). The control has no rollouts: its
step costs 6 N T, so that T = T_rollout / 3 + T_train, whatever N is. A cold start before the first step
is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.events import Metrics
from training.contract.stream import read_after

_ROLLOUT = ("compute/rollout_tokens", "perf/total_num_tokens")
_TRAIN = ("compute/train_tokens", "perf/total_num_tokens")


@dataclass(frozen=True, slots=True)
class StepCost:
    """Tokens of one GRPO step."""

    rollout: float  # prompt and response tokens that were sampled
    train: float  # prompt and response tokens in the update


def step_costs(run_dir: Path) -> dict[int, StepCost]:
    """The cost of every step whose tokens are known, by step; of several attempts the latest counts."""
    found: dict[int, StepCost] = {}
    for spool in sorted(run_dir.glob("events.*.jsonl"), key=_attempt):
        for envelope in read_after(spool):
            if isinstance(envelope.event, Metrics):
                cost = _cost(envelope.event.values)
                if cost is not None:
                    found[envelope.event.step] = cost
    return found


def matched_tokens(run_dir: Path) -> int:
    """Tokens of a control step that costs what the run's mean step does.

    Raises ForesightError for a run without a step so far.
    """
    costs = step_costs(run_dir).values()
    if not costs:
        raise ForesightError(
            "The reference run has no step yet: what a step costs is not known.",
            field="method.reference",
            remedy="Wait for its first steps, or set method.tokens_per_step.",
        )
    return max(1, round(sum(cost.rollout / 3 + cost.train for cost in costs) / len(costs)))


def _cost(values: Mapping[str, float | None]) -> StepCost | None:
    rollout, train = _first(values, _ROLLOUT), _first(values, _TRAIN)
    return None if rollout is None or train is None else StepCost(rollout, train)


def _first(values: Mapping[str, float | None], keys: tuple[str, ...]) -> float | None:
    return next((value for key in keys if (value := values.get(key)) is not None), None)


def _attempt(spool: Path) -> int:
    number = spool.name.split(".")[1]
    return int(number) if number.isdigit() else 0
