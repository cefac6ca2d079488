"""When did a check of the verdict turn bad? Its conditions, asked of every step instead of the newest alone. Pure.

Where a run is so long that its steps come as means of many, each of those is judged as a whole, and the change of
the reward is measured against the noise that it has at the run's ends.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import NamedTuple

from webapp.runs.limits import (
    Limits,
    exploration_status,
    falling_status,
    learning_status,
    output_status,
    rising_status,
)
from webapp.runs.thinned import Stretch, values_of
from webapp.runs.verdict import MIN_STEPS, WINDOW, Check

Read = Mapping[str, Sequence[Stretch]]


@dataclass(frozen=True, slots=True)
class Turn:
    """The newest time that a check was bad."""

    check: Check  # as it stands now
    step: int  # at which it turned bad
    until: int | None  # the last step at which it was; None: it is


class Window(NamedTuple):
    """The newest steps at some step."""

    step: int
    points: int  # steps up to here
    mean: float
    noise: float  # variance of the steps in it; 0 where they are means already


def turns(read: Read, checks: Sequence[Check], limits: Limits) -> list[Turn]:
    """Of each check that was ever bad its newest turn, by step. `checks` is the verdict now."""
    found = []
    for check in checks:
        bad = dict(_BAD[check.name](read, limits)) if check.name in _BAD else {}
        if not bad:
            continue
        bad[max(bad)] = check.status == "bad"  # the verdict knows single steps at the end
        if turn := _newest(check, bad):
            found.append(turn)
    return sorted(found, key=lambda turn: turn.step)


def _newest(check: Check, bad: Mapping[int, bool]) -> Turn | None:
    """`bad` by rising step."""
    steps = sorted(bad)
    while steps and not bad[steps[-1]]:
        steps.pop()
    if not steps:
        return None
    last = steps[-1]
    while steps and bad[steps[-1]]:
        first = steps.pop()
    return Turn(check, first, None if last == max(bad) else last)


def windows(stretches: Sequence[Stretch]) -> Iterator[Window]:
    """At every stretch the newest ones that hold WINDOW steps, once there are so many."""
    points, total, squares, seen, oldest = 0, 0.0, 0.0, 0, 0
    for last, count, value in stretches:
        seen, points, total = seen + count, points + count, total + value
        squares += value * value
        while points - stretches[oldest].points >= WINDOW:
            _, gone, lost = stretches[oldest]
            points, total, squares, oldest = points - gone, total - lost, squares - lost * lost, oldest + 1
        if points >= WINDOW:
            spread = squares - total * total / points if points == WINDOW else 0.0
            yield Window(last, seen, total / points, max(0.0, spread) / (WINDOW - 1))


Bad = Iterator[tuple[int, bool]]


def _judged(stretches: Sequence[Stretch], is_bad: Callable[[Window], bool]) -> Bad:
    """At every step that has enough before it, whether the check is bad."""
    return ((one.step, is_bad(one)) for one in windows(stretches) if one.points >= MIN_STEPS)


def _learning(read: Read, limits: Limits) -> Bad:
    stretches = read.get("reward/mean", ())
    values = values_of(stretches)
    if len(values) < MIN_STEPS:
        return
    start, start_noise = fmean(values[:WINDOW]), variance(values[:WINDOW])
    now_noise = variance(values[-WINDOW:])
    whole = all(stretch.points == 1 for stretch in stretches)
    best = start
    for one in windows(stretches):
        best = max(best, one.mean)
        if one.points >= MIN_STEPS:
            spread = start_noise + (one.noise if whole else now_noise)
            noise = limits.noise * (spread / WINDOW) ** 0.5
            yield one.step, learning_status(start, one.mean, best, noise) == "bad"


def _signal(read: Read, limits: Limits) -> Bad:
    def is_bad(now: Window) -> bool:
        return rising_status(now.mean, limits.signal_good, limits.signal_bad) == "bad"

    return _judged(read.get("groups/effective", ()), is_bad)


def _exploration(read: Read, limits: Limits) -> Bad:
    stretches = read.get("policy/entropy", ())
    start = fmean(values_of(stretches)[:WINDOW] or [0.0])
    return _judged(stretches, lambda now: exploration_status(now.mean, start, limits) == "bad")


def _drift(read: Read, limits: Limits) -> Bad:
    sizes = [Stretch(last, points, abs(total)) for last, points, total in read.get("update/kl", ())]
    return _judged(sizes, lambda now: falling_status(now.mean, limits.kl_good, limits.kl_bad) == "bad")


def _output(read: Read, limits: Limits) -> Bad:
    boxed = {one.step: one.mean for one in windows(read.get("format/share", ()))}

    def is_bad(now: Window) -> bool:
        return output_status(now.mean, boxed.get(now.step, 1.0), limits) == "bad"

    return _judged(read.get("response/truncated", ()), is_bad)


def _judge(read: Read, limits: Limits) -> Bad:
    def is_bad(now: Window) -> bool:
        return falling_status(now.mean, limits.malformed_good, limits.malformed_bad) == "bad"

    return _judged(read.get("verdict/malformed", ()), is_bad)


def _system(read: Read, limits: Limits) -> Bad:
    stretches = read.get("throughput/tokens", ())
    unit = max((stretch.points for stretch in stretches), default=1)  # each enters the median with one weight
    usual: list[float] = []
    points = total = 0.0
    found = iter(windows(stretches))
    now = next(found, None)
    for stretch in stretches:
        points, total = points + stretch.points, total + stretch.total
        if points >= unit:
            insort(usual, total / points)
            points = total = 0.0
        if now is None or now.step != stretch.last:
            continue
        if now.points >= MIN_STEPS:
            half = len(usual) // 2
            middle = (usual[half] + usual[~half]) / 2 if usual else now.mean  # the median
            share = now.mean / middle if middle else 1.0
            yield now.step, rising_status(share, limits.speed_good, limits.speed_bad) == "bad"
        now = next(found, None)


_BAD: dict[str, Callable[[Read, Limits], Bad]] = {
    "Learning": _learning,
    "Signal": _signal,
    "Exploration": _exploration,
    "Drift": _drift,
    "Output": _output,
    "Judge": _judge,
    "System": _system,
}
