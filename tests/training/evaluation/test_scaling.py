"""The scaling fit finds a law that was planted, and says when the points do not tell."""

from __future__ import annotations

import random

import pytest

from training.contract.scaling import fit

STEPS = (100, 200, 400, 800, 1000, 1200)


def planted(
    a: float, alpha: float, limit: float, noise: float = 0.0, unit: float = 3e17
) -> list[tuple[float, float]]:
    """Points on the law, C in FLOPs; A counts in units of the first point's compute."""
    dice = random.Random(4)
    law = [(unit * step, a * (step / STEPS[0]) ** -alpha + limit) for step in STEPS]
    return [(c, p + dice.gauss(0, noise)) for c, p in law]


def test_planted_law_is_found_exactly_without_noise() -> None:
    found = fit(planted(-0.12, 0.6, 0.45))
    assert found is not None
    assert (found.a, found.alpha, found.limit) == pytest.approx((-0.12, 0.6, 0.45), abs=1e-5)
    assert found.r2 > 0.999999
    assert found.unit == 3e19


@pytest.mark.parametrize(("a", "alpha", "limit"), [(-0.12, 0.6, 0.45), (-0.3, 1.5, 0.4), (0.8, 0.5, 1.9)])
def test_planted_law_with_noise_lies_inside_its_interval(a: float, alpha: float, limit: float) -> None:
    found = fit(planted(a, alpha, limit, noise=0.0008))
    assert found is not None
    assert found.r2 > 0.99
    assert found.a_interval[0] <= a <= found.a_interval[1]
    assert found.alpha_interval[0] <= alpha <= found.alpha_interval[1]
    assert found.limit_interval[0] <= limit <= found.limit_interval[1]
    assert found.a_interval[0] <= found.a <= found.a_interval[1]


def test_a_is_negative_where_accuracy_rises_and_positive_where_a_loss_falls() -> None:
    rising, falling = fit(planted(-0.1, 0.5, 0.5)), fit(planted(0.7, 0.5, 1.8))
    assert rising is not None and falling is not None
    assert rising.a < 0 < falling.a


def test_fitted_law_gives_its_points_back() -> None:
    points = planted(-0.12, 0.6, 0.45)
    found = fit(points)
    assert found is not None
    assert [found.at(c) for c, _ in points] == pytest.approx([p for _, p in points], abs=1e-6)


def test_straight_line_in_log_compute_leaves_alpha_open() -> None:
    found = fit([(2.0**step, 0.2 + 0.05 * step) for step in range(6)])
    assert found is not None
    assert found.alpha_open
    assert found.r2 > 0.99


def test_noise_widens_the_interval() -> None:
    quiet, loud = fit(planted(-0.12, 0.6, 0.45, 0.0002)), fit(planted(-0.12, 0.6, 0.45, 0.002))
    assert quiet is not None and loud is not None
    assert quiet.limit_interval[1] - quiet.limit_interval[0] < loud.limit_interval[1] - loud.limit_interval[0]


def test_step_before_training_and_too_few_points_are_left_out() -> None:
    points = planted(-0.12, 0.6, 0.45)
    assert fit([(0.0, 0.1), *points]) == fit(points)
    assert fit(points[:3]) is None
    assert fit([(c, 0.25) for c, _ in points]) is None
