"""Curves of long runs, read from roll-ups: points that are no extreme of their span are left out.

What is left is exact: the lowest and the highest point of every span, the line between what counts and what a later
attempt replaced, and the newest points. A span that such a line, or the end of what is asked for, goes through is
read point by point. Short curves, and those without roll-ups, are read whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from webapp.runs.curves import Curve, Point, curve, curves_of_runs, run_curves
from webapp.runs.models import MetricPoint, MetricRollup, Run
from webapp.runs.rollups import WIDTHS, Span, milliseconds, unpacked

_PARTS = 200
"""Of a union: SQLite takes 500."""
Extents = Mapping[int, tuple[int, int, int]]
"""First step, last step and number of points of each attempt."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """A curve, and what is known of it without reading its points."""

    curve: Curve
    total: int  # current points before any were left out
    times: Mapping[tuple[int, int], int]  # (attempt, step) -> Unix ms, of points that came from roll-ups


class Range(NamedTuple):
    """Steps of one attempt, both included."""

    attempt: int
    first: int
    last: int


class Stretch(NamedTuple):
    """One point, or some that follow one another: their last step, how many they are and their sum."""

    last: int
    points: int
    total: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which spans of a metric are taken as they are, and which steps are read point by point."""

    current: list[tuple[int, Span]]  # with their attempt
    replaced: list[tuple[int, Span]]
    raw: list[Range]

    @property
    def spans(self) -> list[tuple[int, Span]]:
        return [*self.current, *self.replaced]


def thinned_curves(
    run: Run, keys: Sequence[str], *, first: int | None = None, last: int | None = None, buckets: int
) -> dict[str, Thinned]:
    """The curve of each metric, of the steps `first` to `last` (both included; None: open).

    Points are left out only where at least `buckets` spans remain.
    """
    known = extents_of(run, keys)
    widths = {key: _width(known.get(key, {}), first, last, buckets) for key in keys}
    short = [key for key in keys if widths[key] is None]
    starts = {key: _starts(known[key]) for key in short if key in known}
    if first is not None:
        starts |= MetricPoint.objects.of_run(run).first_steps([key for key in short if key not in known])
    whole = run_curves(run, short, first=first, last=last, starts=starts)
    return {
        key: _thinned(run, key, width, known[key], first, last)
        if (width := widths[key])
        else Thinned(whole[key], len(whole[key].current), {})
        for key in keys
    }


def thinned_curves_of_runs(
    extents: Mapping[int, Extents],
    runs: Iterable[int],
    key: str,
    *,
    first: int | None = None,
    last: int | None = None,
    buckets: int,
) -> dict[int, Thinned]:
    """The same of one metric in several runs, by their numbers, in as many queries for twenty as for two.

    `extents` is `MetricRollupQuerySet.extents_of_runs`. Runs without points of these steps are left out.
    """
    widths = {run: _width(extents.get(run, {}), first, last, buckets) for run in runs}
    short = [run for run, width in widths.items() if width is None]
    whole = curves_of_runs(short, key, first=first, last=last) if short else {}
    found = {run: Thinned(one, len(one.current), {}) for run, one in whole.items()}
    plans: dict[int, _Plan] = {}
    for width in WIDTHS:
        wide = [run for run, own in widths.items() if own == width]
        for run, spans in _spans_of_runs(wide, key, width, first, last) if wide else ():
            plans[run] = _plan(spans, _starts(extents[run]), first, last, ends=1)
    raw = _raw_points(key, {run: plan.raw for run, plan in plans.items()})
    return found | {run: _put_together(plan, raw[run], _starts(extents[run])) for run, plan in plans.items()}


def stretches_of(
    run: Run, keys: Sequence[str], *, long: int, ends: int, buckets: int
) -> dict[str, list[Stretch]]:
    """What counts of each metric, by rising step: every point, or of one with more than `long` points `ends` points
    at either end and the spans between them, at least `buckets` of them."""
    known = extents_of(run, keys)
    wide = [key for key, attempts in known.items() if sum(one[2] for one in attempts.values()) > long]
    short = run_curves(run, [key for key in keys if key not in wide])
    found = {key: _single(one) for key, one in short.items()}
    for key in wide:
        width = _width(known[key], None, None, buckets) or min(WIDTHS)
        found[key] = _stretches(run, key, width, _starts(known[key]), ends=ends)
    return {key: found[key] for key in keys}


def values_of(stretches: Iterable[Stretch]) -> list[float]:
    """As many values as the stretches have points: of each its mean. Pure."""
    return [value for _, points, total in stretches for value in [total / points] * points]


def running_total(run: Run, key: str, buckets: int) -> list[Point]:
    """What the metric adds up to at some of its current steps, the last one among them; the sums are exact."""
    extents = extents_of(run, [key]).get(key, {})
    width = _width(extents, None, None, buckets)
    if width is None:
        parts = _single(run_curves(run, [key])[key])
    else:
        parts = _stretches(run, key, width, _starts(extents), ends=1)
    sums = accumulate(part.total for part in parts)
    return [Point(part.last, total, 0) for part, total in zip(parts, sums, strict=True)]


def _single(whole: Curve) -> list[Stretch]:
    return [Stretch(point.step, 1, point.value) for point in whole.current]


def _stretches(run: Run, key: str, width: int, starts: Mapping[int, int], *, ends: int) -> list[Stretch]:
    """The spans and single points of what counts, by step."""
    plan = _plan(_spans(run, key, width, None, None), starts, None, None, ends=ends)
    counts = [part for part in plan.raw if part.first < _end(part.attempt, starts)]
    points = [
        Point(*point) for _, *point in _rows(key, {run.pk: counts})
    ]  # without the time, which takes longest
    raw = curve(_by_attempt(points), starts)
    return sorted(
        [*_single(raw), *(Stretch(span.last_step, span.points, span.total) for _, span in plan.current)]
    )


def extents_of(run: Run, keys: Sequence[str]) -> dict[str, dict[int, tuple[int, int, int]]]:
    """Where the attempts of each metric begin and end; a metric without roll-ups has none."""
    return MetricRollup.objects.of_run(run).extents(keys)


def _width(extents: Extents, first: int | None, last: int | None, buckets: int) -> int | None:
    """The widest spans of which there are still enough; None: every point is read."""
    if not extents:
        return None
    low = max(first or 0, min(one[0] for one in extents.values()))
    high = max(one[1] for one in extents.values())
    steps = (high if last is None else min(last, high)) - low + 1
    return max((width for width in WIDTHS if width * buckets <= steps), default=None)


def _thinned(
    run: Run, key: str, width: int, extents: Extents, first: int | None, last: int | None
) -> Thinned:
    starts = _starts(extents)
    plan = _plan(_spans(run, key, width, first, last), starts, first, last, ends=1)
    return _put_together(plan, _raw_points(key, {run.pk: plan.raw})[run.pk], starts)


def _put_together(plan: _Plan, raw: Mapping[Point, datetime], starts: Mapping[int, int]) -> Thinned:
    """Pure."""
    times = {(point.attempt, point.step): milliseconds(time) for point, time in raw.items()}
    points = list(raw)
    for attempt, (_, _, _, _, low, low_step, low_time, high, high_step, high_time) in plan.spans:
        points.append(Point(low_step, low, attempt))
        times[attempt, low_step] = low_time
        if high_step != low_step:
            points.append(Point(high_step, high, attempt))
            times[attempt, high_step] = high_time
    found = curve(_by_attempt(points), starts)
    left_out = sum(span.points - (1 if span.low_step == span.high_step else 2) for _, span in plan.current)
    return Thinned(found, len(found.current) + left_out, times)


def _spans(
    run: Run, key: str, width: int, first: int | None, last: int | None
) -> Iterator[tuple[int, list[Span]]]:
    """The spans of each attempt, by rising step."""
    rows = MetricRollup.objects.of_run(run).touching(key, first, last)
    return _unpacked(rows.values_list("attempt", WIDTHS[width]))


def _spans_of_runs(
    runs: Sequence[int], key: str, width: int, first: int | None, last: int | None
) -> Iterator[tuple[int, Iterator[tuple[int, list[Span]]]]]:
    """The same of each run. A run's spans are read before the next run is taken."""
    rows = MetricRollup.objects.filter(run__in=runs).touching(key, first, last)
    wanted = rows.order_by("run", "attempt", "start").values_list("run", "attempt", WIDTHS[width])
    for run, group in groupby(wanted, key=itemgetter(0)):
        yield run, _unpacked((attempt, data) for _, attempt, data in group)


def _unpacked(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, list[Span]]]:
    for attempt, group in groupby(rows, key=itemgetter(0)):
        yield attempt, [span for _, data in group for span in unpacked(data)]


def _plan(
    attempts: Iterable[tuple[int, Sequence[Span]]],
    starts: Mapping[int, int],
    first: int | None,
    last: int | None,
    *,
    ends: int,
) -> _Plan:
    """Pure. `ends`: how many points at either end of what counts, and of each ghost, are read as they are; where
    it is 1, the newest alone."""
    low, high = first or 0, sys.maxsize if last is None else last
    plan = _Plan([], [], [])
    for attempt, spans in attempts:
        end = _end(attempt, starts)
        current: list[Span] = []
        replaced: list[Span] = []
        for span in spans:
            begin, stop = span.first_step, span.last_step
            if stop < low or begin > high:
                continue
            if begin < low or stop > high or begin < end <= stop:
                plan.raw.append(Range(attempt, max(low, begin), min(high, stop)))
            elif stop < end:
                current.append(span)
            else:
                replaced.append(span)
        for part, kept in ((current, plan.current), (replaced, plan.replaced)):
            plan.raw.extend(Range(attempt, *steps) for steps in _taken(part, ends))
            kept.extend((attempt, span) for span in part)
    return plan


def _end(attempt: int, starts: Mapping[int, int]) -> int:
    """The step from which a later attempt takes the place of this one."""
    return min((start for later, start in starts.items() if later > attempt), default=sys.maxsize)


def _taken(spans: list[Span], ends: int) -> Iterator[tuple[int, int]]:
    """Takes spans off the end, and for more than one point off the beginning too, until they have so many points;
    yields their first and last step."""
    for place in (-1,) if ends == 1 else (-1, 0):
        points = 0
        while spans and points < ends:
            span = spans.pop(place)
            points += span.points
            yield span.first_step, span.last_step


def _raw_points(key: str, ranges: Mapping[int, Sequence[Range]]) -> dict[int, dict[Point, datetime]]:
    """The points of some ranges of each run's steps, and when they were written: there are few."""
    found: dict[int, dict[Point, datetime]] = {run: {} for run in ranges}
    for run, step, value, attempt, time in _rows(key, ranges, "time"):
        found[run][Point(step, value, attempt)] = time
    return found


def _rows(key: str, ranges: Mapping[int, Sequence[Range]], *more: str) -> Iterator[tuple[Any, ...]]:
    """Run, step, value, attempt and `more` columns of those points."""
    points = MetricPoint.objects.filter(key=key).values_list("run", "step", "value", "attempt", *more)
    # A union, not an OR: each part then reads its own stretch of the index.
    parts = [
        points.filter(run=run, attempt=attempt).between(first, last)
        for run, own in ranges.items()
        for attempt, first, last in own
    ]
    for start in range(0, len(parts), _PARTS):
        yield from parts[start].union(*parts[start + 1 : start + _PARTS], all=True)


def _by_attempt(points: Iterable[Point]) -> dict[int, list[Point]]:
    """Each by rising step."""
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(point.attempt, []).append(point)
    for part in found.values():
        part.sort()
    return found


def _starts(extents: Extents) -> dict[int, int]:
    return {attempt: extent[0] for attempt, extent in extents.items()}
