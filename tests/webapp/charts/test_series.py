"""Curves: what counts after a resume, and what is left of many points."""

from __future__ import annotations

from webapp.charts.series import Point, as_json, curve, downsample


def points(attempt: int, *pairs: tuple[int, float]) -> list[Point]:
    return [Point(step, value, attempt, 1000 * step) for step, value in pairs]


def test_one_attempt_has_no_ghost() -> None:
    found = curve(points(1, (1, 0.1), (2, 0.2)), {1: 1})
    assert found.current == tuple(points(1, (1, 0.1), (2, 0.2)))
    assert found.ghosts == ()


def test_resumed_attempt_replaces_from_its_first_step_on() -> None:
    old = points(1, (1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4))
    new = points(2, (3, 0.35))
    found = curve([*old, *new], {1: 1, 2: 3})
    assert found.current == (*old[:2], *new)
    assert found.ghosts == (tuple(old[2:]),)


def test_third_attempt_from_earlier_replaces_both_before_it() -> None:
    first, second, third = points(1, (1, 1.0), (2, 1.0)), points(2, (2, 2.0), (3, 2.0)), points(3, (2, 3.0))
    found = curve([*first, *second, *third], {1: 1, 2: 2, 3: 2})
    assert found.current == (first[0], third[0])
    assert found.ghosts == ((first[1],), tuple(second))


def test_increment_knows_attempts_that_began_before_it() -> None:
    # Only step 4 is asked for, but attempt 2 began at step 3: the old step 4 no longer counts.
    found = curve(points(1, (4, 0.4)), {1: 1, 2: 3})
    assert found.current == ()
    assert found.ghosts == (tuple(points(1, (4, 0.4))),)


def test_few_points_stay_as_they_are() -> None:
    few = points(1, (1, 5.0), (2, 4.0), (3, 6.0))
    assert downsample(few, 3) == tuple(few)


def test_many_points_keep_each_buckets_ends_and_the_newest() -> None:
    many = points(1, (1, 1.0), (2, 9.0), (3, 5.0), (4, 2.0), (5, 2.0), (6, 0.0), (7, 3.0))
    # Two buckets of three before the newest: lowest and highest of each, in order of steps.
    assert [p.step for p in downsample(many, 5)] == [1, 2, 4, 6, 7]


def test_large_curve_keeps_global_extremes_and_stays_within_budget() -> None:
    many = points(1, *((step, float(step % 97)) for step in range(1, 10_001)))
    many[1234] = Point(1235, -50.0, 1, 0)
    many[8765] = Point(8766, 500.0, 1, 0)
    kept = downsample(many)
    assert len(kept) <= 2000
    assert (min(p.value for p in kept), max(p.value for p in kept)) == (-50.0, 500.0)
    assert kept[-1] == many[-1]
    assert [p.step for p in kept] == sorted(p.step for p in kept)


def test_arrays_say_how_many_points_there_were() -> None:
    whole = curve(points(1, (1, 1.0), (2, 9.0), (3, 5.0), (4, 2.0)), {1: 1})
    assert as_json(whole, 3) == {
        "step": [1, 2, 4],
        "value": [1.0, 9.0, 2.0],
        "time": [1000, 2000, 4000],
        "attempt": [1, 1, 1],
        "total": 4,
        "sampled": True,
        "ghost": [],
    }
