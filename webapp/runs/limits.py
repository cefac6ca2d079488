"""Where the checks of the verdict turn, and what status a measured value has by that. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["good", "warn", "bad", "none"]
FALL = 0.3
"""Share of its best that a reward may lose."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a check turns. Shares are of 1, entropy and KL are nats per token."""

    noise: float = 2.0  # standard errors that a change of the reward must exceed
    signal_good: float = 0.5  # share of groups whose rewards differ
    signal_bad: float = 0.2
    entropy_bad: float = 0.1
    entropy_kept: float = 0.5  # share of the first window's entropy
    kl_good: float = 0.05
    kl_bad: float = 0.2
    truncated_good: float = 0.1
    truncated_bad: float = 0.3
    boxed_good: float = 0.9
    boxed_bad: float = 0.5
    same_good: float = 0.5  # share of rollouts that give one and the same answer, whatever the context
    same_bad: float = 0.8
    malformed_good: float = 0.05  # share of rollouts whose verdict cannot be read
    malformed_bad: float = 0.2
    speed_good: float = 0.8  # share of the run's median throughput
    speed_bad: float = 0.5


def rising_status(now: float, good: float, bad: float) -> Status:
    """Of what is better the higher it is: good from `good`, bad under `bad`."""
    return "good" if now >= good else "warn" if now >= bad else "bad"


def falling_status(now: float, good: float, bad: float) -> Status:
    """Of what is better the lower it is: good under `good`, bad from `bad`."""
    return "good" if now < good else "warn" if now < bad else "bad"


def learning_status(start: float, now: float, best: float, noise: float) -> Status:
    """Of means of the reward: in the first window, the newest and the best. `noise`: what a change must exceed."""
    if best - now > max(noise, FALL * best) or now - start < -noise:
        return "bad"
    return "good" if now - start > noise else "warn"


def exploration_status(now: float, start: float, limits: Limits) -> Status:
    if now < limits.entropy_bad:
        return "bad"
    return "warn" if now < limits.entropy_kept * start else "good"


def output_status(cut: float, boxed: float, limits: Limits) -> Status:
    """Of the share of rollouts that were truncated, and of those with an answer in its form."""
    if cut >= limits.truncated_bad or boxed < limits.boxed_bad:
        return "bad"
    return "warn" if cut >= limits.truncated_good or boxed < limits.boxed_good else "good"
