"""What is left of a curve of many points."""

from __future__ import annotations

from webapp.charts.series import as_json, downsample, drawn
from webapp.runs.curves import Point, curve


def points(attempt: int, *pairs: tuple[int, float]) -> list[Point]:
    return [Point(step, value, attempt) for step, value in pairs]


def test_few_points_stay_as_they_are() -> None:
    few = points(1, (1, 5.0), (2, 4.0), (3, 6.0))
    assert downsample(few, 3) == tuple(few)


def test_many_points_keep_each_buckets_ends_and_the_newest() -> None:
    many = points(1, (1, 1.0), (2, 9.0), (3, 5.0), (4, 2.0), (5, 2.0), (6, 0.0), (7, 3.0))
    # Two buckets of three before the newest: lowest and highest of each, in order of steps.
    assert [p.step for p in downsample(many, 5)] == [1, 2, 4, 6, 7]


def test_large_curve_keeps_global_extremes_and_stays_within_budget() -> None:
    many = points(1, *((step, float(step % 97)) for step in range(1, 10_001)))
    many[1234] = Point(1235, -50.0, 1)
    many[8765] = Point(8766, 500.0, 1)
    kept = downsample(many)
    assert len(kept) <= 2000
    assert (min(p.value for p in kept), max(p.value for p in kept)) == (-50.0, 500.0)
    assert kept[-1] == many[-1]
    assert [p.step for p in kept] == sorted(p.step for p in kept)


def test_arrays_say_how_many_points_there_were() -> None:
    whole = curve({1: points(1, (1, 1.0), (2, 9.0), (3, 5.0), (4, 2.0))}, {1: 1})
    times = {(1, step): 1000 * step for step in range(1, 5)}
    assert as_json(drawn(whole, 3), times) == {
        "step": [1, 2, 4],
        "value": [1.0, 9.0, 2.0],
        "time": [1000, 2000, 4000],
        "attempt": [1, 1, 1],
        "total": 4,
        "sampled": True,
        "ghost": [],
    }
