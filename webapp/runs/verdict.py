"""Is a run healthy? Six checks, seven where a judge rewards, each made of a few metric curves. Pure; reads no database.

A check never guesses: with fewer than `MIN_STEPS` steps it says that there is not enough data, and
without its metric that it was not recorded. Thresholds stand in `limits.py` and are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean, median, variance

from training.contract.metrics import CATALOGUE
from webapp.runs.limits import (
    FALL,
    Limits,
    Status,
    exploration_status,
    falling_status,
    learning_status,
    output_status,
    rising_status,
)

MIN_STEPS = 20
WINDOW = 10
NO_SIGNAL = (
    "No signal: in no step did the rewards of a group differ, so that no update had anything to learn from."
)
"""The sentence of a run in which no step ever had a signal; lists know such a run by it."""
NO_VALUE = "–"

Curves = Mapping[str, Sequence[float]]
"""Each metric's current values, by rising step."""


@dataclass(frozen=True, slots=True)
class Check:
    """One cell of the verdict strip."""

    name: str
    key: str  # the metric that is its evidence
    status: Status
    value: str  # what was measured, short, without its unit; NO_VALUE without data
    caption: str  # under 28 characters
    sentence: str  # value, threshold and window in words

    @property
    def unit(self) -> str:
        """Of the value: that of its metric; "" without data."""
        return "" if self.value == NO_VALUE else CATALOGUE[self.key].unit


METRICS = (
    "reward/mean",
    "baseline/constant",
    "baseline/argmax",
    "groups/effective",
    "policy/entropy",
    "update/kl",
    "response/truncated",
    "format/share",
    "throughput/tokens",
)
"""What `verdict` wants to be given."""
JUDGED_METRICS = (*METRICS, "verdict/malformed")
"""The same where a judge rewards."""


def verdict(
    curves: Curves, limits: Limits | None = None, *, method: str = "rpt", done: bool = False
) -> tuple[Check, ...]:
    """The checks in the order they are shown: learning, signal, exploration, drift, output, system.

    Under RLPT the judge has one too. Only RPT has baselines to compare with. `done`: the run has done all its
    steps, so that a few without any signal are no longer too few to say so.
    """
    limits = limits or Limits()
    judge = (_judge(curves, limits),) if method == "rlpt" else ()
    return (
        _learning(curves, limits, baselines=method == "rpt"),
        _signal(curves, limits, done=done),
        _exploration(curves, limits),
        _drift(curves, limits),
        _output(curves, limits, form="in tags" if method == "rlpt" else "in a box"),
        *judge,
        system_check(curves, limits),
    )


def _learning(curves: Curves, limits: Limits, *, baselines: bool) -> Check:
    name, key = "Learning", "reward/mean"
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.3f}"):
        return early
    first, last = values[:WINDOW], values[-WINDOW:]
    change = fmean(last) - fmean(first)
    noise = limits.noise * ((variance(first) + variance(last)) / WINDOW) ** 0.5
    sums = [0.0, *accumulate(values)]
    best = max(after - before for before, after in zip(sums, sums[WINDOW:], strict=False)) / WINDOW
    fall = best - fmean(last)
    status = learning_status(fmean(first), fmean(last), best, noise)
    what = f"Reward of the last {WINDOW} steps {fmean(last):.3f}, of the first {WINDOW} {fmean(first):.3f}"
    if fall > max(noise, FALL * best):
        caption = f"down {fall:.3f} from its best"
        what += f", of the best {WINDOW} {best:.3f}; the fall exceeds noise and 30 % of the best"
    elif status == "good":
        caption = f"up {change:.3f} from the start"
        what += f"; the rise exceeds {limits.noise:g} standard errors ({noise:.3f})"
    elif status == "bad":
        caption = f"down {-change:.3f} from the start"
        what += f"; the fall exceeds {limits.noise:g} standard errors ({noise:.3f})"
    else:
        caption = "no change beyond noise"
        what += f"; the change is within {limits.noise:g} standard errors ({noise:.3f})"
    compared = f" {_against(curves, fmean(last))}" if baselines else ""
    return Check(name, key, status, f"{fmean(last):.3f}", caption, f"{what}.{compared}")


def _against(curves: Curves, reward: float) -> str:
    """The reward beside its baselines over the same window."""
    said = []
    for key, words in (("baseline/constant", "best constant answer"), ("baseline/argmax", "plain argmax")):
        if curves.get(key):
            base = fmean(curves[key][-WINDOW:])
            said.append(f"{words} {base:.3f} ({'above' if reward > base else 'not above'})")
    return f"Baselines: {', '.join(said)}." if said else "No baselines were recorded."


def _signal(curves: Curves, limits: Limits, *, done: bool) -> Check:
    values = curves.get("groups/effective", ())
    if values and not any(values) and (done or len(values) >= MIN_STEPS):
        status: Status = "bad" if len(values) >= MIN_STEPS else "warn"
        return Check("Signal", "groups/effective", status, "0%", "no signal in any step", NO_SIGNAL)
    return _share_check(
        "Signal",
        "groups/effective",
        curves,
        good=limits.signal_good,
        bad=limits.signal_bad,
        words="of groups have rewards that differ; only they teach",
        captions={"good": "groups with signal", "warn": "few groups with signal", "bad": "hardly any signal"},
    )


def _share_check(
    name: str, key: str, curves: Curves, *, good: float, bad: float, words: str, captions: Mapping[str, str]
) -> Check:
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.0%}"):
        return early
    now = fmean(values[-WINDOW:])
    status = rising_status(now, good, bad)
    sentence = (
        f"{now:.0%} {words}. Good from {good:.0%}, bad under {bad:.0%}; mean of the last {WINDOW} steps."
    )
    return Check(name, key, status, f"{now:.0%}", captions[status], sentence)


def _exploration(curves: Curves, limits: Limits) -> Check:
    name, key = "Exploration", "policy/entropy"
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.2f}"):
        return early
    now, start = fmean(values[-WINDOW:]), fmean(values[:WINDOW])
    below = next((i for i, value in enumerate(reversed(values)) if value >= limits.entropy_bad), len(values))
    status = exploration_status(now, start, limits)
    captions: Mapping[Status, str] = {
        "bad": f"under {limits.entropy_bad:g} for {below} steps",
        "warn": "under half of the start",
        "good": f"over {limits.entropy_bad:g}",
    }
    sentence = (
        f"Policy entropy {now:.3f} nats per token, {start:.3f} at the start. "
        f"Bad under {limits.entropy_bad:g}, a warning under {limits.entropy_kept:.0%} of the start; "
        f"means of {WINDOW} steps."
    )
    return Check(name, key, status, f"{now:.2f}", captions[status], sentence)


def _drift(curves: Curves, limits: Limits) -> Check:
    name, key = "Drift", "update/kl"
    values = [abs(value) for value in curves.get(key, ())]
    if early := too_early(name, key, values, "{:.2g}"):
        return early
    now = fmean(values[-WINDOW:])
    status = falling_status(now, limits.kl_good, limits.kl_bad)
    caption = f"KL under {limits.kl_good:g}" if status == "good" else f"KL over {limits.kl_good:g}"
    sentence = (
        f"Log-probs of rollout and update differ by {now:.2g} nats per token. Good under {limits.kl_good:g}, "
        f"bad from {limits.kl_bad:g}; mean size over the last {WINDOW} steps."
    )
    return Check(name, key, status, f"{now:.2g}", caption, sentence)


def _output(curves: Curves, limits: Limits, *, form: str) -> Check:
    name, key = "Output", "response/truncated"
    cut, boxed = curves.get(key, ()), curves.get("format/share", ())
    if early := too_early(name, key, cut, "{:.1%}"):
        return early
    now = fmean(cut[-WINDOW:])
    in_box = fmean(boxed[-WINDOW:]) if boxed else 1.0
    status = output_status(now, in_box, limits)
    few_boxes = in_box < limits.boxed_good
    caption = f"{in_box:.0%} {form}" if few_boxes else f"truncated, good < {limits.truncated_good:.0%}"
    sentence = (
        f"{now:.1%} of rollouts truncated (good under {limits.truncated_good:.0%}, bad from "
        f"{limits.truncated_bad:.0%})"
        + (f", {in_box:.0%} with an answer {form} (good from {limits.boxed_good:.0%})" if boxed else "")
        + f"; means of the last {WINDOW} steps."
    )
    return Check(name, key, status, f"{now:.1%}", caption, sentence)


def _judge(curves: Curves, limits: Limits) -> Check:
    name, key = "Judge", "verdict/malformed"
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.1%}"):
        return early
    now = fmean(values[-WINDOW:])
    good, bad = limits.malformed_good, limits.malformed_bad
    status = falling_status(now, good, bad)
    sentence = (
        f"{now:.1%} of rollouts got a verdict that cannot be read, and earned 0. Good under {good:.0%}, bad from "
        f"{bad:.0%}; mean of the last {WINDOW} steps."
    )
    return Check(name, key, status, f"{now:.1%}", f"unreadable, good < {good:.0%}", sentence)


def system_check(curves: Curves, limits: Limits) -> Check:
    name, key = "System", "throughput/tokens"
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:,.0f}"):
        return early
    now, usual = fmean(values[-WINDOW:]), median(values)
    share = now / usual if usual else 1.0
    status = rising_status(share, limits.speed_good, limits.speed_bad)
    caption = f"{share:.0%} of its usual speed"
    sentence = (
        f"{now:,.0f} tokens per second over the last {WINDOW} steps, {usual:,.0f} in the run's median. "
        f"Good from {limits.speed_good:.0%} of it, bad under {limits.speed_bad:.0%}."
    )
    return Check(name, key, status, f"{now:,.0f}", caption, sentence)


def too_early(name: str, key: str, values: Sequence[float], form: str) -> Check | None:
    """The check of a metric that has no or not enough steps; None when it has."""
    if not values:
        return Check(name, key, "none", NO_VALUE, "not recorded yet", f"No step has recorded {key} yet.")
    if len(values) < MIN_STEPS:
        sentence = (
            f"{len(values)} of the {MIN_STEPS} steps that a judgement needs. The value is the latest step's."
        )
        return Check(
            name, key, "none", form.format(values[-1]), f"{len(values)} of {MIN_STEPS} steps needed", sentence
        )
    return None
