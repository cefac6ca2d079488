"""Finds rollouts of a run: filters over the index's columns, words in its full-text index, one page at a time.

Nothing here reads a rollout file. What is looked at is bounded, so that a page of a run of a million rollouts
takes no longer than a person waits: matches are counted up to a bound, and words that very many rollouts hold
are looked for from the newest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Min, Q

from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.index import text
from webapp.trajectories.index.facts import MISS_NUMBERS, PATTERN_BITS
from webapp.trajectories.index.words import Term, terms_of
from webapp.trajectories.models import IndexedRollout, RolloutIndex
from webapp.trajectories.rollout_filters import SORTS, RolloutFilters

PER_PAGE = 50
MOST_COUNTED = 10_000
"""Matches that are counted and paged through; a list of more says that there are more."""
MOST_FOUND = 1_000
"""The same where words are searched for and the other filters leave more than MOST_COUNTED."""
MATCHES_AT_ONCE = 5_000
MOST_LOOKS = 40
"""How often MATCHES_AT_ONCE rollouts with the words are looked at before the search gives up."""

_MARKS = {"starred": Q(starred=True), "noted": ~Q(note=""), "any": Q(starred=True) | ~Q(note="")}
_PARTS: dict[str, tuple[tuple[text.Shelf, str], ...]] = {
    "": ((text.ROLLOUTS, ""), (text.GROUPS, "")),
    "context": ((text.GROUPS, "context"),),
    "truth": ((text.GROUPS, "truth"),),
    "prediction": ((text.ROLLOUTS, "prediction"),),
    "response": ((text.ROLLOUTS, "response"),),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the rollouts that match."""

    rows: list[IndexedRollout] = field(default_factory=list)  # with their rollout and its group
    number: int = 1  # of the page
    total: int = 0  # that can be paged through
    more: bool = False  # there are more than `total`: those are the newest, or the first in the order
    newest_only: bool = False  # the order is among the newest `total`, not among all

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        """Place of the first row, from 1."""
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


@dataclass(frozen=True, slots=True)
class Indexed:
    """How far the search has come in a run."""

    step: int  # the newest one that is searched
    behind: bool  # newer groups are being indexed
    unreadable: int  # groups whose files could not be read


def indexed(run: Run) -> Indexed:
    index = RolloutIndex.objects.filter(run=run).first() or RolloutIndex(run=run)
    newest = RolloutGroup.objects.of_run(run).aggregate(newest=Max("pk"))["newest"] or 0
    return Indexed(index.step, newest > index.last_group, index.unreadable)


def search(run: Run, user: Any, filters: RolloutFilters, page: int = 1) -> Found:
    """A page of the matches; the last one for any beyond it."""
    matches, total, more, newest_only = _matches(run, user, filters)
    number = max(1, min(page, -(-total // PER_PAGE) or 1))
    start = (number - 1) * PER_PAGE
    ordered = matches.order_by(*SORTS[filters.sort][1])
    keys = list(ordered.values_list("pk", flat=True)[start : min(start + PER_PAGE, total)])
    rows = IndexedRollout.objects.select_related("rollout__group").in_bulk(keys)
    return Found([rows[key] for key in keys if key in rows], number, total, more, newest_only)


def keys_in_order(run: Run, user: Any, filters: RolloutFilters, most: int) -> tuple[list[int], bool]:
    """Keys of the first `most` matches in their order, and whether there are more."""
    matches, total, more, _ = _matches(run, user, filters)
    keys = list(matches.order_by(*SORTS[filters.sort][1]).values_list("pk", flat=True)[: min(most, total)])
    return keys, more or total > len(keys)


def _matches(run: Run, user: Any, filters: RolloutFilters) -> tuple[Any, int, bool, bool]:
    """The rollouts that match as a query, how many can be paged through, whether there are more, and whether
    the order is among the newest alone."""
    candidates = _narrowed(IndexedRollout.objects.of_run(run), user, filters)
    terms = terms_of(filters.q)
    few = _some(candidates, MOST_COUNTED + 1)
    if not terms:
        total = min(len(few), MOST_COUNTED)
        return candidates, total, len(few) > MOST_COUNTED, False
    if len(few) <= MOST_COUNTED:
        keys = _holding(terms, filters.where, few)
        return IndexedRollout.objects.filter(pk__in=keys), len(keys), False, False
    by_key = _narrowed(IndexedRollout.objects.of_run_by_key(run), user, filters)
    keys, more = _newest_holding(run, by_key, terms, filters)
    return IndexedRollout.objects.filter(pk__in=keys), len(keys), more, more


def _narrowed(rollouts: Any, user: Any, filters: RolloutFilters) -> Any:
    """By everything but the words."""
    bounds = {
        "step__gte": filters.first,
        "step__lte": filters.last,
        "reward__gte": filters.reward_min,
        "reward__lte": filters.reward_max,
        "entropy__gte": filters.entropy_min,
        "entropy__lte": filters.entropy_max,
        "length__gte": filters.length_min,
        "length__lte": filters.length_max,
        "kind": filters.kind or None,
        "reason": filters.reason or None,
        "miss": MISS_NUMBERS.get(filters.miss),
    }
    found = rollouts.filter(**{name: value for name, value in bounds.items() if value is not None})
    if filters.pattern:
        bits = PATTERN_BITS.get(filters.pattern, sum(PATTERN_BITS.values()))
        found = found.with_patterns(bits)
    if filters.marked:
        found = found.marked_by(user, _MARKS[filters.marked])
    return found


def _some(rows: Any, most: int) -> list[int]:
    return list(rows.order_by().values_list("pk", flat=True)[:most])


def _holding(terms: Sequence[Term], where: str, keys: Sequence[int]) -> list[int]:
    """Those of few rollouts whose texts hold the terms."""
    found: set[int] = set()
    for shelf, part in _PARTS[where]:
        if shelf is text.ROLLOUTS:
            found |= text.among(shelf, terms, keys, part)
        else:
            groups = _groups_of(keys)
            holding = text.among(shelf, terms, list(groups), part)
            found |= {key for group in holding for key in groups[group]}
    return sorted(found)


def _groups_of(keys: Sequence[int]) -> dict[int, list[int]]:
    """{group: those of the rollouts that are its}."""
    rows = IndexedRollout.objects.filter(pk__in=keys).order_by().values_list("rollout__group", "pk")
    groups: dict[int, list[int]] = {}
    for group, key in rows:
        groups.setdefault(group, []).append(key)
    return groups


def _newest_holding(
    run: Run, candidates: Any, terms: Sequence[Term], filters: RolloutFilters
) -> tuple[list[int], bool]:
    """Of very many candidates the newest MOST_FOUND that hold the terms, and whether there may be more."""
    found: set[int] = set()
    more = False
    for shelf, part in _PARTS[filters.where]:
        some, cut = _newest_of(run, candidates, shelf, part, terms, filters)
        found.update(some)
        more = more or cut
    return sorted(found, reverse=True)[:MOST_FOUND], more or len(found) > MOST_FOUND


def _newest_of(
    run: Run, candidates: Any, shelf: text.Shelf, part: str, terms: Sequence[Term], filters: RolloutFilters
) -> tuple[list[int], bool]:
    found: list[int] = []
    name = "pk" if shelf is text.ROLLOUTS else "rollout__group"
    for looks, keys in enumerate(_in_parts(run, shelf, part, terms, filters), start=1):
        found += _some(candidates.filter(**{f"{name}__in": keys}), MOST_FOUND + 1)
        if len(found) > MOST_FOUND or looks == MOST_LOOKS:
            return found, True
    return found, False


def _in_parts(
    run: Run, shelf: text.Shelf, part: str, terms: Sequence[Term], filters: RolloutFilters
) -> Iterator[list[int]]:
    """Keys of the shelf's rows of these steps that hold the terms, the newest first, some at a time."""
    low, high = _keys_between(run, shelf, filters)
    while low <= high:
        keys = text.newest(shelf, terms, low, high, MATCHES_AT_ONCE, part)
        if keys:
            yield keys
        if len(keys) < MATCHES_AT_ONCE:
            return
        high = keys[-1] - 1


def _keys_between(run: Run, shelf: text.Shelf, filters: RolloutFilters) -> tuple[int, int]:
    """The smallest and the largest key of the shelf that the filters' steps can have."""
    groups = RolloutGroup.objects.of_run(run)
    if filters.first is not None:
        groups = groups.filter(step__gte=filters.first)
    if filters.last is not None:
        groups = groups.filter(step__lte=filters.last)
    ends = groups.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return 1, 0
    if shelf is text.GROUPS:
        return ends["low"], ends["high"]
    # Rollouts are stored in the order of their groups.
    rollouts = Rollout.objects.filter(group__in=[ends["low"], ends["high"]])
    found = rollouts.aggregate(low=Min("pk"), high=Max("pk"))
    return found["low"] or 1, found["high"] or 0
