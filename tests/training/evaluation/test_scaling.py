"""The scaling fits find a law that was planted, and say when the points do not tell."""

from __future__ import annotations

import math
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
    assert [one.value for one in found.parameters] == pytest.approx([-0.12, 0.6, 0.45], abs=1e-5)
    assert [one.name for one in found.parameters] == ["A", "alpha", "P*"]
    assert found.r2 > 0.999999
    assert found.unit == 3e19


@pytest.mark.parametrize(("a", "alpha", "limit"), [(-0.12, 0.6, 0.45), (-0.3, 1.5, 0.4), (0.8, 0.5, 1.9)])
def test_planted_law_with_noise_lies_inside_its_interval(a: float, alpha: float, limit: float) -> None:
    found = fit(planted(a, alpha, limit, noise=0.0008))
    assert found is not None
    assert found.r2 > 0.99
    for one, true in zip(found.parameters, (a, alpha, limit), strict=True):
        assert one.interval[0] <= true <= one.interval[1]
        assert one.interval[0] <= one.value <= one.interval[1]


def test_a_is_negative_where_accuracy_rises_and_positive_where_a_loss_falls() -> None:
    rising, falling = fit(planted(-0.1, 0.5, 0.5)), fit(planted(0.7, 0.5, 1.8))
    assert rising is not None and falling is not None
    assert rising.named("A").value < 0 < falling.named("A").value


def test_fitted_law_gives_its_points_back() -> None:
    points = planted(-0.12, 0.6, 0.45)
    found = fit(points)
    assert found is not None
    assert [found.at(c) for c, _ in points] == pytest.approx([p for _, p in points], abs=1e-6)


def test_straight_line_in_log_compute_leaves_alpha_open() -> None:
    found = fit([(2.0**step, 0.2 + 0.05 * step) for step in range(6)])
    assert found is not None
    assert found.named("alpha").open
    assert found.r2 > 0.99


def test_noise_widens_the_interval() -> None:
    quiet, loud = fit(planted(-0.12, 0.6, 0.45, 0.0002)), fit(planted(-0.12, 0.6, 0.45, 0.002))
    assert quiet is not None and loud is not None
    widths = [fitted.named("P*").interval[1] - fitted.named("P*").interval[0] for fitted in (quiet, loud)]
    assert widths[0] < widths[1]


def test_step_before_training_and_too_few_points_are_left_out() -> None:
    points = planted(-0.12, 0.6, 0.45)
    assert fit([(0.0, 0.1), *points]) == fit(points)
    assert fit(points[:3]) is None
    assert fit([(c, 0.25) for c, _ in points]) is None


RLPT = {"MMLU": (105.625, -0.300, -0.029), "MMLU-Pro": (79.827, -0.300, -0.093)}
TOKENS = (0.5e9, 1e9, 3e9, 10e9, 30e9, 100e9, 300e9, 1000e9)


def exponential(a: float, b: float, c: float, noise: float = 0.0, seed: int = 4) -> list[tuple[float, float]]:
    """Points on RLPT's law, x in tokens; the law counts in 1e9 of them."""
    dice = random.Random(seed)
    return [(x, a * math.exp(b * (x / 1e9) ** c + dice.gauss(0, noise))) for x in TOKENS]


@pytest.mark.parametrize("name", RLPT)
def test_planted_numbers_of_rlpt_are_found(name: str) -> None:
    found = fit(exponential(*RLPT[name]), "exponential")
    assert found is not None
    assert [one.value for one in found.parameters] == pytest.approx(list(RLPT[name]), rel=1e-3)
    assert [one.name for one in found.parameters] == ["a", "b", "c"]
    assert (found.unit, found.points) == (1e9, 8)
    assert found.r2 > 0.999999


@pytest.mark.parametrize(("a", "b", "c"), [(79.827, -0.3, -0.093), (0.3, 0.4, 0.25), (0.8, -1.2, -0.5)])
def test_intervals_of_the_exponential_law_hold_the_truth_nearly_always(a: float, b: float, c: float) -> None:
    inside = [0, 0, 0]
    for seed in range(40):
        found = fit(exponential(a, b, c, noise=0.002, seed=seed), "exponential")
        assert found is not None
        for place, (one, true) in enumerate(zip(found.parameters, (a, b, c), strict=True)):
            inside[place] += one.interval[0] <= true <= one.interval[1]
    assert min(inside) >= 35  # of 40; 95 % are 38


def test_exponential_law_gives_its_points_back() -> None:
    points = exponential(0.8, -1.2, -0.5)
    found = fit(points, "exponential")
    assert found is not None
    assert [found.at(x) for x, _ in points] == pytest.approx([value for _, value in points], rel=1e-6)


def test_power_of_x_leaves_c_open() -> None:
    found = fit([(x, 0.1 * x**0.05) for x in TOKENS], "exponential")
    assert found is not None
    assert found.named("c").open


def test_measure_of_zero_has_no_place_in_the_exponential_law() -> None:
    points = exponential(0.8, -1.2, -0.5)
    assert fit([(1e8, 0.0), *points], "exponential") == fit(points, "exponential")
    assert fit([(1e8, 0.0), *points[:3]], "exponential") is None
