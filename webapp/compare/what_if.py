"""Runs side by side under two rewards: what each would have earned, had signal, and where it would stand.

Judged anew from the stored groups, without a model. A long range is not read whole: of each run the groups are
taken evenly over its steps, as many as the budget lets, and the page says how many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from django.db.models import Avg, Max, Min
from django.utils.translation import gettext as _

from training.contract.errors import ForesightError
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import load_group
from webapp.trajectories.rules import RULES, has_signal, rewards_under

AS_USED = "used"
"""In place of a rule: the rewards that the run was trained with."""
MOST_GROUPS = 1_200
MOST_BYTES = 16_000_000
"""Of compressed frames, all runs together: about two seconds."""
USUAL_STEPS = 10
SHOWN_CHANGES = 12

Rewards = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """A run under one rule, over the groups that both rules could judge."""

    mean: float
    signal: float  # share of groups whose rewards differ
    rank: int | None  # 1: the highest mean; None where a ranking would compare different text


@dataclass(frozen=True, slots=True)
class RunUnderRules:
    """One run; `than` and `rule` are None where no group could be judged."""

    run: Run
    used: str
    groups: int  # in the range
    read: int
    unknown: int  # of those read: the record does not say
    gains: int  # groups that have signal under the rule alone
    loses: int
    than: Figures | None
    rule: Figures | None


@dataclass(frozen=True, slots=True)
class ChangedGroup:
    """One group under both rules."""

    row: RolloutGroup
    run: Run
    before: Rewards
    after: Rewards

    @property
    def change(self) -> float:
        return fmean(self.after) - fmean(self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    rows: tuple[RunUnderRules, ...]
    changed: tuple[ChangedGroup, ...]  # the widest first
    first: int
    last: int
    unlike: str  # why there are no ranks; "" where there are


@dataclass(frozen=True, slots=True)
class _Judged:
    row: RolloutGroup
    before: Rewards
    after: Rewards


def can_be_rejudged(run: Run) -> bool:
    """Whether the run's reward is one of the rules: a judge or a checker cannot be asked again here."""
    return run.method == "rpt"


def latest_steps(runs: Sequence[Run]) -> dict[Run, tuple[int, int]]:
    """First and last step with groups of each run whose groups can be judged anew."""
    judged = {run.pk: run for run in runs if can_be_rejudged(run)}
    rows: Any = RolloutGroup.objects.filter(run__in=judged).order_by().values_list("run")
    found = {pk: (first, last) for pk, first, last in rows.annotate(Min("step"), Max("step"))}
    return {run: found[pk] for pk, run in judged.items() if pk in found}


def usual_range(steps: Collection[tuple[int, int]]) -> tuple[int, int]:
    """The last steps that all of the runs have: of each its first and last one; (0, 0) for no run."""
    last = min((one[1] for one in steps), default=0)
    return max(min((one[0] for one in steps), default=0), last - USUAL_STEPS + 1), last


def compare_rules(runs: Sequence[Run], rule: str, than: str, first: int, last: int) -> Comparison:
    """Hold `rule` against `than` (a rule, or AS_USED) over the steps `first` to `last`.

    Raises ForesightError for an unknown rule, an empty range, or runs that none of the rules can judge.
    """
    _check(rule, than, first, last)
    judged = [run for run in runs if can_be_rejudged(run)]
    if not judged:
        raise ForesightError(
            _("None of these runs is rewarded by a rule that can be applied to stored rollouts."),
            field="runs",
            remedy=_("Choose runs of next-token reasoning (RPT)."),
        )
    unlike = _unlike(judged)
    parts = [_one(run, rule, than, first, last, len(judged)) for run in judged]
    ranked = _ranked([row for row, _groups in parts], bool(unlike))
    changed = [
        ChangedGroup(one.row, row.run, one.before, one.after)
        for row, groups in parts
        for one in groups
        if one.before != one.after
    ]
    changed.sort(key=lambda one: (-abs(one.change), one.run.pk, one.row.step, one.row.group))
    return Comparison(tuple(ranked), tuple(changed[:SHOWN_CHANGES]), first, last, unlike)


def _check(rule: str, than: str, first: int, last: int) -> None:
    for name, value in (("rule", rule), ("than", than)):
        if value not in RULES and not (name == "than" and value == AS_USED):
            raise ForesightError(
                _("There is no reward %(name)r.") % {"name": value[:40]},
                field=name,
                remedy=_("Choose one of: %(names)s.") % {"names": ", ".join(RULES)},
            )
    if first > last:
        raise ForesightError(
            _("The range of steps is empty: %(first)d comes after %(last)d.")
            % {"first": first, "last": last},
            field="first",
            remedy=_("Begin at an earlier step."),
        )


def _unlike(runs: Sequence[Run]) -> str:
    if len({run.experiment.corpus_id for run in runs}) < 2:
        return ""
    return _(
        "These runs were asked about different text: their means say nothing of each other, so they are not ranked. "
        "Within a row the two rewards can be compared."
    )


def _one(
    run: Run, rule: str, than: str, first: int, last: int, share: int
) -> tuple[RunUnderRules, list[_Judged]]:
    rows = RolloutGroup.objects.of_run(run).filter(kind="token", step__gte=first, step__lte=last)
    numbers = _current(run, rows)
    taken = _evenly(numbers, _budget(rows, share))
    judged, unknown = [], 0
    for row in RolloutGroup.objects.filter(pk__in=taken).order_by("step", "group"):
        record = load_group(run, row)
        stored = tuple(rollout.reward for rollout in record.rollouts)
        before = stored if than == AS_USED else rewards_under(record, than)
        after = rewards_under(record, rule)
        if before is None or after is None:
            unknown += 1
        else:
            judged.append(_Judged(row, before, after))
    signals = [(has_signal(one.before), has_signal(one.after)) for one in judged]
    found = RunUnderRules(
        run=run,
        used=run.config["method"].get("reward", "prefix"),
        groups=len(numbers),
        read=len(taken),
        unknown=unknown,
        gains=sum(after and not before for before, after in signals),
        loses=sum(before and not after for before, after in signals),
        than=_figures([one.before for one in judged]),
        rule=_figures([one.after for one in judged]),
    )
    return found, judged


def _current(run: Run, rows: Any) -> list[int]:
    """The groups of the latest attempt at each step, in order."""
    starts = dict(RolloutGroup.objects.of_run(run).order_by().values_list("attempt").annotate(Min("step")))
    found = rows.order_by("step", "group").values_list("pk", "attempt", "step")
    return [
        pk
        for pk, attempt, step in found
        if all(step < start for later, start in starts.items() if later > attempt)
    ]


def _budget(rows: Any, share: int) -> int:
    """How many groups of one run are read."""
    mean = rows.aggregate(mean=Avg("length"))["mean"] or 1
    return max(1, int(min(MOST_GROUPS, MOST_BYTES / mean) / share))


def _evenly(numbers: Sequence[int], most: int) -> list[int]:
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[place * len(numbers) // most] for place in range(most)]


def _figures(groups: Sequence[Rewards]) -> Figures | None:
    values = [value for group in groups for value in group]
    if not values:
        return None
    return Figures(fmean(values), sum(map(has_signal, groups)) / len(groups), None)


def _ranked(rows: Sequence[RunUnderRules], unlike: bool) -> list[RunUnderRules]:
    """The rows with their places by mean reward under each rule; equal means share a place."""
    if unlike or len(rows) < 2:
        return list(rows)

    def placed(figures: Figures | None, all_figures: Sequence[Figures | None]) -> Figures | None:
        if figures is None:
            return None
        better = sum(other is not None and other.mean > figures.mean for other in all_figures)
        return replace(figures, rank=better + 1)

    befores, afters = [row.than for row in rows], [row.rule for row in rows]
    return [replace(row, than=placed(row.than, befores), rule=placed(row.rule, afters)) for row in rows]
