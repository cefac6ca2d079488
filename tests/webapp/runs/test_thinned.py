"""Curves read from roll-ups against the same curves read point by point."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
from django.db import transaction

from tests.webapp.made_run import START, make_bare_run
from webapp.charts.load import load_series
from webapp.runs.curves import Point, run_curves
from webapp.runs.models import MetricPoint, Run
from webapp.runs.rollups import rebuild, roll_up
from webapp.runs.thinned import running_total, stretches_of, thinned_curves, values_of

BUCKETS = 20
"""Few, so that a curve of some thousand steps is read from its roll-ups."""
RANGES = [
    (None, None),
    (1, None),
    (17, 4500),
    (2399, 2401),
    (700, 3900),
    (4990, None),
    (None, 1999),
    (9000, None),
]


@pytest.fixture(scope="module")
def points() -> list[tuple[int, int, float]]:
    """(attempt, step, value): three attempts that begin within spans, with steps that were left out."""
    dice = random.Random(11)
    attempts = {1: range(1, 2501), 2: range(2003, 4121), 3: range(3333, 5001)}
    return [
        (attempt, step, dice.gauss(0, 1))
        for attempt, steps in attempts.items()
        for step in steps
        if step in (steps[0], steps[-1]) or dice.random() < 0.9
    ]


def write(user: Any, points: Sequence[tuple[int, int, float]]) -> Run:
    run = make_bare_run(user)
    MetricPoint.objects.bulk_create(
        MetricPoint(
            run=run, key="m", attempt=attempt, step=step, value=value, time=START + timedelta(seconds=step + attempt)
        )
        for attempt, step, value in points
    )  # fmt: skip
    rebuild(run.pk)
    return run


@pytest.fixture
def run(user: Any, home: Any, points: list[tuple[int, int, float]]) -> Run:
    return write(user, points)


def ends(points: Sequence[Point]) -> tuple[Point, ...]:
    """What a drawing may never lose: lowest, highest, newest."""
    if not points:
        return ()
    return (
        min(points, key=lambda point: point.value),
        max(points, key=lambda point: point.value),
        points[-1],
    )


def test_points_that_come_in_two_parts_are_thinned_to_the_ends_of_their_spans(user: Any, home: Any) -> None:
    run = make_bare_run(user)
    values = {step: float(step % 10) for step in range(1, 401)} | {77: 99.0, 300: -5.0}
    rows = [
        MetricPoint(run=run, key="m", attempt=1, step=step, value=value, time=START + timedelta(seconds=step))
        for step, value in values.items()
    ]
    for part in (rows[:70], rows[70:]):
        with transaction.atomic():
            MetricPoint.objects.bulk_create(part)
            roll_up(run, 1, part)
    found = thinned_curves(run, ["m"], buckets=5)["m"]  # spans of 64 steps
    spans = [
        (9, 9.0), (10, 0.0), (70, 0.0), (77, 99.0), (129, 9.0), (130, 0.0), (199, 9.0), (200, 0.0), (259, 9.0),
        (300, -5.0), (320, 0.0), (329, 9.0),
    ]  # fmt: skip
    newest = [(step, values[step]) for step in range(384, 401)]
    assert [(point.step, point.value) for point in found.curve.current] == spans + newest
    assert (found.total, found.curve.ghosts) == (400, ())
    assert found.times[1, 77] == round(START.timestamp() * 1000) + 77_000
    zoomed = thinned_curves(run, ["m"], first=60, last=80, buckets=5)["m"]
    assert zoomed.curve.values == [values[step] for step in range(60, 81)]


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_thinned_curve_keeps_extremes_newest_ghosts_and_count(
    run: Run, first: int | None, last: int | None
) -> None:
    whole = run_curves(run, ["m"], first=first, last=last)["m"]
    thin = thinned_curves(run, ["m"], first=first, last=last, buckets=BUCKETS)["m"]
    assert thin.total == len(whole.current)
    assert ends(thin.curve.current) == ends(whole.current)
    assert [ends(ghost) for ghost in thin.curve.ghosts] == [ends(ghost) for ghost in whole.ghosts]
    assert set(thin.curve.current) <= set(whole.current)
    assert list(thin.curve.current) == sorted(thin.curve.current)


def test_thinned_curve_keeps_the_extremes_of_every_span(run: Run) -> None:
    whole = run_curves(run, ["m"])["m"].current
    thin = set(thinned_curves(run, ["m"], buckets=BUCKETS)["m"].curve.current)
    assert len(thin) < len(whole) / 10
    inside = [point for point in whole if 256 <= point.step < 512]
    assert set(ends(inside)[:2]) <= thin


def test_curve_of_fewer_spans_than_wanted_is_read_whole(run: Run) -> None:
    whole = run_curves(run, ["m"])["m"]
    assert thinned_curves(run, ["m"], buckets=5000 // 16 + 1)["m"].curve == whole


def test_curve_without_roll_ups_is_read_whole(run: Run) -> None:
    whole = run_curves(run, ["m"])["m"]
    run.rollups.all().delete()
    assert thinned_curves(run, ["m"], buckets=BUCKETS)["m"].curve == whole


def test_part_of_a_curve_without_roll_ups_leaves_out_what_a_later_attempt_replaced(run: Run) -> None:
    whole = run_curves(run, ["m"], first=2100, last=2600)["m"]
    run.rollups.all().delete()
    found = thinned_curves(run, ["m"], first=2100, last=2600, buckets=BUCKETS)["m"].curve
    assert {point.attempt for point in found.current} == {2}
    assert found == whole


def test_drawn_series_has_the_time_of_every_point(run: Run) -> None:
    found = load_series(run, ["m"], budget=2 * BUCKETS)["m"]
    times = {
        (point.attempt, point.step): round(point.time.timestamp() * 1000)
        for point in MetricPoint.objects.filter(run=run)
    }
    places = zip(found["attempt"], found["step"], strict=True)
    assert found["time"] == [times[place] for place in places]
    assert len(found["step"]) <= 2 * BUCKETS
    assert found["step"][-1] == 5000
    assert found["sampled"] is True


def test_long_values_are_exact_at_the_ends_and_means_between(run: Run) -> None:
    whole = run_curves(run, ["m"])["m"].values
    found = values_of(stretches_of(run, ["m"], long=4000, ends=30, buckets=BUCKETS)["m"])
    assert len(found) == len(whole)
    assert (found[:30], found[-30:]) == (whole[:30], whole[-30:])
    assert sum(found) == pytest.approx(sum(whole))
    assert len(set(found)) < len(whole) / 2


def test_running_total_is_exact_where_it_is_given(run: Run) -> None:
    whole = run_curves(run, ["m"])["m"].current
    sums = dict(zip((point.step for point in whole), accumulate(point.value for point in whole), strict=True))
    found = running_total(run, "m", buckets=BUCKETS)
    assert len(found) < len(whole) / 2
    assert found[-1].step == 5000
    assert [point.value for point in found] == pytest.approx([sums[point.step] for point in found])


def test_line_of_tokens_adds_up_what_the_current_steps_sampled(run: Run) -> None:
    run.points.update(key="compute/rollout_tokens", value=10.0)
    run.rollups.all().delete()
    line = load_series(run, ["x/tokens"], budget=100)["x/tokens"]
    steps = [
        point.step for point in run_curves(run, ["compute/rollout_tokens"])["compute/rollout_tokens"].current
    ]
    assert (line["step"][-1], line["value"][-1]) == (5000, 10.0 * len(steps))
    assert len(line["step"]) <= 100
    assert line["value"][0] == 10.0 * (steps.index(line["step"][0]) + 1)
