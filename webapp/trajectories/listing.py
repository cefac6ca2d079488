"""The groups of one step as a list: filtered, sorted, with what became of their rollouts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F

from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.reasons import KINDS, REASONS, reasons_of

PER_PAGE = 64
SORTS: dict[str, tuple[str, Any]] = {
    "group": ("Group number", F("group").asc()),
    "worst": ("Lowest reward first", F("mean_reward").asc()),
    "best": ("Highest reward first", F("mean_reward").desc()),
    "entropy": ("Highest entropy first", F("entropy").desc()),
    "length": ("Longest first", F("mean_length").desc()),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list's address asks for; unknown values fall back to the first choice."""

    reason: str  # groups with at least one such rollout; "": any
    effective: bool  # only groups whose rewards are not all equal
    sort: str
    kind: str = ""  # groups of this kind of task; "": any

    @classmethod
    def of(cls, query: Any) -> Filters:
        reason, sort, kind = query.get("reason", ""), query.get("sort", "group"), query.get("kind", "")
        return cls(
            reason=reason if reason in REASONS else "",
            effective=query.get("effective") == "1",
            sort=sort if sort in SORTS else "group",
            kind=kind if kind in KINDS else "",
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.reason or self.effective or self.kind)


@dataclass(frozen=True, slots=True)
class GroupRow:
    group: RolloutGroup  # with samples, hits, mean_length, effective
    reasons: tuple[tuple[str, int], ...]  # (words, rollouts) of the misses, most common first


def step_groups(run: Run, step: int, filters: Filters, page: str | None) -> tuple[Page[Any], list[GroupRow]]:
    """One page of a step's groups."""
    groups = RolloutGroup.objects.of_run(run).of_step(step).with_counts()
    if filters.reason:
        wanted = Rollout.objects.filter(group__run=run, group__step=step, reason=filters.reason)
        groups = groups.filter(pk__in=wanted.values("group"))
    if filters.kind:
        groups = groups.filter(kind=filters.kind)
    if filters.effective:
        groups = groups.filter(effective=True)
    found = Paginator(groups.order_by(SORTS[filters.sort][1], "group"), PER_PAGE).get_page(page)
    counted = _reasons({group.pk: group.kind for group in found})
    return found, [GroupRow(group, counted.get(group.pk, ())) for group in found]


def sorts_of(kinds: Iterable[str]) -> dict[str, str]:
    """The orders that say something of groups of these kinds, with their labels."""
    return {key: label for key, (label, _) in SORTS.items() if key != "entropy" or "token" in kinds}


def reason_choices(kinds: Iterable[str]) -> dict[str, str]:
    """The reasons that rollouts of these kinds can have, in words."""
    found: dict[str, str] = {}
    for kind in kinds:
        found |= reasons_of(kind)
    return found


def _reasons(kinds: dict[int, str]) -> dict[int, tuple[tuple[str, int], ...]]:
    """`kinds`: of each group, by its key."""
    counts: dict[int, Counter[str]] = {}
    rows = (
        Rollout.objects.filter(group__in=list(kinds)).exclude(reason="match").values_list("group", "reason")
    )
    for group, reason in rows:
        counts.setdefault(group, Counter())[reason] += 1
    return {
        group: tuple(
            (reasons_of(kinds[group]).get(reason, reason), count) for reason, count in found.most_common()
        )
        for group, found in counts.items()
    }


def neighbours(values: list[int], value: int) -> tuple[int | None, int | None]:
    """The nearest value below and above, of rising `values`."""
    before, after = bisect_left(values, value) - 1, bisect_right(values, value)
    return (values[before] if before >= 0 else None, values[after] if after < len(values) else None)
