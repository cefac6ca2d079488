"""From verl's metric names to the catalogue's, and what is counted over the rollouts of a step. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

from training.engine.groups import GroupCounts
from training.records import RolloutGroup

_Item = TypeVar("_Item")
_FEWEST_CONTEXTS = 3

# verl's name -> ours. Where two lead to one key, the first that is present wins.
VERL_NAMES: dict[str, str] = {
    "actor/entropy": "policy/entropy",
    "actor/entropy_loss": "policy/entropy",
    "actor/grad_norm": "update/grad_norm",
    "actor/pg_clipfrac": "update/clip_fraction",
    "actor/rollout_kl": "update/kl",
    "actor/ppo_kl": "update/kl",
    "actor/pg_loss": "update/loss",
    "actor/lr": "update/learning_rate",
    "timing_s/step": "time/step",
    "timing_s/gen": "time/generate",
    "timing_s/old_log_prob": "time/logprob",
    "timing_s/update_actor": "time/update",
    "timing_s/update_weights": "time/sync",
    "timing_s/save_checkpoint": "time/checkpoint",
    "timing_s/testing": "time/evaluate",
}


def from_verl(values: Mapping[str, object], devices: int) -> dict[str, float | None]:
    """verl's metrics of one step under the catalogue's keys; what has no name there keeps its own.

    Args:
        values: verl's metrics. Anything but a number is left out.
        devices: verl gives throughput per device; the catalogue's is of the whole run.

    Returns:
        Finite numbers as they are, NaN and infinity as None.
    """
    # verl prefixes metrics that already carry their section once more.
    plain = {name.replace("actor/actor/", "actor/"): _number(value) for name, value in values.items()}
    numbers = {name: number for name, number in plain.items() if number is not None}
    found: dict[str, float | None] = {}
    for name, key in VERL_NAMES.items():
        if name in numbers:
            found.setdefault(key, _finite(numbers[name]))
    if "perf/throughput" in numbers:
        found["throughput/tokens"] = _finite(numbers.pop("perf/throughput") * devices)
    own_names = {name: _finite(number) for name, number in numbers.items() if name not in VERL_NAMES}
    return {**own_names, **found}


def from_groups(groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
    """What the catalogue counts over a step's rollouts (reward, format, groups, response)."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    return {
        "reward/mean": fmean(rollout.reward.value for rollout in rollouts),
        "format/share": _share(rollouts, lambda rollout: bool(rollout.reward.prediction)),
        "groups/effective": _share(groups, lambda group: len(_rewards(group)) > 1),
        "groups/all_zero": _share(groups, lambda group: _rewards(group) == {0.0}),
        "groups/all_one": _share(groups, lambda group: _rewards(group) == {1.0}),
        "answers/same": _most_common(groups),
        "response/length": fmean(len(rollout.response_ids) for rollout in rollouts),
        "response/truncated": _share(rollouts, lambda rollout: rollout.truncated),
    }


def _most_common(groups: Sequence[RolloutGroup]) -> float | None:
    """The share of the rollouts that give the step's most common answer; of few contexts it says nothing."""
    if len(groups) < _FEWEST_CONTEXTS:
        return None
    answers = [rollout.reward.prediction for group in groups for rollout in group.rollouts]
    common = Counter(answer for answer in answers if answer).most_common(1)
    return common[0][1] / len(answers) if common else 0.0


def from_sampling(counts: GroupCounts) -> dict[str, float | None]:
    """The shares of groups over all that were sampled for the step, those that were dropped among them.

    A batch of dynamic sampling holds groups with a gradient alone: counted over it, a run that hardly
    finds any would look healthy.
    """
    return {
        "groups/effective": counts.effective / counts.generated,
        "groups/all_zero": counts.all_zero / counts.generated,
        "groups/all_one": counts.all_one / counts.generated,
        "sampling/generated_groups": float(counts.generated),
        "sampling/dropped": 1.0 - counts.used / counts.generated,
    }


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
