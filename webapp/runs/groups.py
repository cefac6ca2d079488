"""Steps and groups of a run as the run page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Avg, Count, Q

from webapp.runs.models import Rollout, RolloutGroup, Run

PER_PAGE = 50
WORST = 5


@dataclass(frozen=True, slots=True)
class StepRow:
    step: int
    attempt: int
    groups: int
    rollouts: int
    hit_rate: float
    mean_length: float  # response tokens


def steps_page(run: Run, page: str | None) -> tuple[Page[int], list[StepRow]]:
    """One page of the steps that have groups, newest first; of several attempts at a step the latest."""
    found = Paginator(RolloutGroup.objects.of_run(run).steps()[::-1], PER_PAGE).get_page(page)
    rows: dict[int, StepRow] = {}
    counted: Any = (
        Rollout.objects.filter(group__run=run, group__step__in=list(found))
        .values("group__step", "group__attempt")
        .annotate(
            groups=Count("group", distinct=True),
            rollouts=Count("pk"),
            hit_rate=Avg("reward"),
            mean_length=Avg("length"),
        )
        .order_by("group__attempt")
    )
    for row in counted:
        step = row.pop("group__step")
        rows[step] = StepRow(step=step, attempt=row.pop("group__attempt"), **row)
    return found, [rows[step] for step in found if step in rows]


def worst_groups(run: Run) -> list[RolloutGroup]:
    """Of the latest step: the lowest mean reward first, then, where positions have one, the lowest entropy."""
    newest = RolloutGroup.objects.of_run(run).order_by("-step").values_list("step", flat=True).first()
    if newest is None:
        return []
    groups = RolloutGroup.objects.of_run(run).of_step(newest).with_counts()
    return list(groups.filter(Q(samples__gt=0)).order_by("mean_reward", "entropy", "group")[:WORST])
