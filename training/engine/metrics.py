"""From verl's metric names to the catalogue's, and what is counted over the rollouts of a step. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

from training.records import RolloutGroup, Task

_Item = TypeVar("_Item")

# verl's name -> ours. The first that is present wins where two lead to one key.
VERL_NAMES: dict[str, str] = {
    "actor/entropy": "policy/entropy",
    "actor/entropy_loss": "policy/entropy",
    "actor/grad_norm": "update/grad_norm",
    "actor/pg_clipfrac": "update/clip_fraction",
    "actor/ppo_kl": "update/kl",
    "actor/pg_loss": "update/loss",
    "actor/lr": "update/learning_rate",
    "timing_s/step": "time/step",
    "timing_s/gen": "time/generate",
    "timing_s/old_log_prob": "time/logprob",
    "timing_s/update_actor": "time/update",
    "timing_s/update_weights": "time/sync",
    "timing_s/save_checkpoint": "time/checkpoint",
}


def from_verl(values: Mapping[str, object], devices: int) -> dict[str, float | None]:
    """verl's metrics of one step under the catalogue's keys; what has no name there keeps its own.

    Args:
        values: verl's metrics. Anything but a number is left out.
        devices: verl gives throughput per device; the catalogue's is of the whole run.

    Returns:
        Finite numbers as they are, NaN and infinity as None.
    """
    found: dict[str, float | None] = {}
    for name, value in values.items():
        # verl prefixes metrics that already carry their section once more.
        plain = name.replace("actor/actor/", "actor/")
        number = _number(value)
        if number is None:
            continue
        key = VERL_NAMES.get(plain, plain)
        if plain == "perf/throughput":
            found["throughput/tokens"] = _finite(number * devices)
        elif key not in found or plain == "actor/entropy":
            found[key] = _finite(number)
    return found


def from_groups(groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
    """What the catalogue counts over a step's rollouts (reward, format, groups, response)."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    return {
        "reward/mean": fmean(rollout.reward.value for rollout in rollouts),
        "format/share": _share(rollouts, lambda rollout: bool(rollout.reward.prediction)),
        "groups/effective": _share(groups, lambda group: len(_rewards(group)) > 1),
        "groups/all_zero": _share(groups, lambda group: _rewards(group) == {0.0}),
        "groups/all_one": _share(groups, lambda group: _rewards(group) == {1.0}),
        "response/length": fmean(len(rollout.response_ids) for rollout in rollouts),
        "response/truncated": _share(rollouts, lambda rollout: rollout.truncated),
    }


def baselines(
    groups: Sequence[RolloutGroup], constant_answer: bytes, bytes_of: Callable[[int], bytes]
) -> dict[str, float | None]:
    """The reference lines of a step: the best constant answer and the plain argmax of the same weights.

    Args:
        groups: the step's groups.
        constant_answer: the training positions' most common right answer.
        bytes_of: a token's raw bytes.

    Returns:
        Shares of the step's contexts; the argmax's is None where it was not measured.
    """
    guesses = [(group.task, group.argmax_id) for group in groups if group.argmax_id is not None]
    return {
        "baseline/constant": _share(groups, lambda group: next_token(group.task) == constant_answer),
        "baseline/argmax": _share(guesses, lambda guess: next_token(guess[0]) == bytes_of(guess[1]))
        if guesses
        else None,
    }


def next_token(task: Task) -> bytes:
    """The bytes of the true next token."""
    return task.truth[: task.boundaries[0]] if task.boundaries else b""


def _rewards(group: RolloutGroup) -> set[float]:
    return {rollout.reward.value for rollout in group.rollouts}


def _share(items: Sequence[_Item], holds: Callable[[_Item], bool]) -> float:
    return fmean(1.0 if holds(item) else 0.0 for item in items)


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]  # numpy and torch scalars convert, others raise
    except (TypeError, ValueError):
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
