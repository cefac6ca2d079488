"""Curves: what counts after a resume."""

from __future__ import annotations

from webapp.runs.curves import Point, curve


def points(attempt: int, *pairs: tuple[int, float]) -> list[Point]:
    return [Point(step, value, attempt) for step, value in pairs]


def test_one_attempt_has_no_ghost() -> None:
    found = curve({1: points(1, (1, 0.1), (2, 0.2))}, {1: 1})
    assert found.current == tuple(points(1, (1, 0.1), (2, 0.2)))
    assert found.ghosts == ()
    assert found.values == [0.1, 0.2]


def test_resumed_attempt_replaces_from_its_first_step_on() -> None:
    old = points(1, (1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4))
    new = points(2, (3, 0.35))
    found = curve({1: old, 2: new}, {1: 1, 2: 3})
    assert found.current == (*old[:2], *new)
    assert found.ghosts == (tuple(old[2:]),)


def test_third_attempt_from_earlier_replaces_both_before_it() -> None:
    first, second, third = points(1, (1, 1.0), (2, 1.0)), points(2, (2, 2.0), (3, 2.0)), points(3, (2, 3.0))
    found = curve({1: first, 2: second, 3: third}, {1: 1, 2: 2, 3: 2})
    assert found.current == (first[0], third[0])
    assert found.ghosts == ((first[1],), tuple(second))


def test_increment_knows_attempts_that_began_before_it() -> None:
    # Only step 4 is asked for, but attempt 2 began at step 3: the old step 4 no longer counts.
    found = curve({1: points(1, (4, 0.4))}, {1: 1, 2: 3})
    assert found.current == ()
    assert found.ghosts == (tuple(points(1, (4, 0.4))),)
