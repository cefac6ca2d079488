"""When checks of the verdict turned bad, on made curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp.runs.limits import Limits
from webapp.runs.thinned import Stretch
from webapp.runs.turns import Turn, turns, windows
from webapp.runs.verdict import verdict


def singles(values: Sequence[float]) -> list[Stretch]:
    """Steps from 1."""
    return [Stretch(step, 1, value) for step, value in enumerate(values, start=1)]


def turned(key: str, values: Sequence[float], **limits: float) -> list[tuple[str, int, int | None]]:
    return found({key: singles(values)}, {key: values}, Limits(**limits))


def found(
    read: dict[str, list[Stretch]], curves: Mapping[str, Sequence[float]], limits: Limits
) -> list[tuple[str, int, int | None]]:
    def said(turn: Turn) -> tuple[str, int, int | None]:
        return turn.check.name, turn.step, turn.until

    return [said(turn) for turn in turns(read, verdict(curves, limits, method="rlpt"), limits)]


def test_entropy_turned_bad_at_the_step_at_which_the_mean_of_ten_fell_under_the_threshold() -> None:
    # With 9 of ten steps at 0 the mean is 0.1, which is not under it.
    assert turned("policy/entropy", [1.0] * 30 + [0.0] * 20) == [("Exploration", 40, None)]


def test_check_that_is_well_again_says_until_when_it_was_bad() -> None:
    values = [0.0] * 30 + [0.5] * 10 + [0.0] * 30
    # 0.3 is 6 of ten steps, from step 36; at step 44 there are 6 left, at step 45 five.
    assert turned("response/truncated", values) == [("Output", 36, 44)]


def test_newest_of_several_turns_counts() -> None:
    bad, well = [0.0] * 20, [1.0] * 20
    assert turned("groups/effective", well + bad + well + bad) == [("Signal", 69, None)]


def test_nothing_turns_before_twenty_steps() -> None:
    assert turned("update/kl", [1.0] * 19) == []
    assert turned("update/kl", [1.0] * 25) == [("Drift", 20, None)]


def test_limits_of_the_person_count() -> None:
    assert turned("policy/entropy", [1.0] * 30 + [0.0] * 20, entropy_bad=0.55) == [("Exploration", 35, None)]


def test_reward_that_fell_from_its_best_turned_where_the_fall_was_more_than_thirty_per_cent() -> None:
    # The best mean is 1; five of ten steps at 0.3 make 0.65, a fall of 0.35. Noise is under it.
    values = [0.0] * 10 + [1.0] * 20 + [0.3] * 10
    assert turned("reward/mean", values, noise=0.1) == [("Learning", 35, None)]


def test_speed_is_measured_against_the_median_up_to_then() -> None:
    values = [400.0] * 30 + [100.0] * 10
    # Four of ten steps at 400 and six at 100 make 220; with 3 and 7 it is 190, under half of 400.
    assert turned("throughput/tokens", values) == [("System", 37, None)]


def test_judge_turns_at_a_fifth_of_unreadable_verdicts() -> None:
    assert turned("verdict/malformed", [0.0] * 20 + [0.5] * 10) == [("Judge", 24, None)]


def test_mean_of_many_steps_is_judged_as_a_whole() -> None:
    entropy = [1.0, 0.5, 0.09, 0.05]
    read = {"policy/entropy": [Stretch(64 * (i + 1) - 1, 64, 64 * value) for i, value in enumerate(entropy)]}
    assert found(read, {"policy/entropy": [1.0] * 20 + [0.05] * 20}, Limits()) == [("Exploration", 191, None)]


def test_end_is_what_the_verdict_says_of_single_steps() -> None:
    read = {"policy/entropy": [Stretch(63, 63, 63.0), Stretch(127, 64, 64 * 0.5)]}
    curves = {"policy/entropy": [1.0] * 20 + [0.05] * 20}
    assert found(read, curves, Limits()) == [("Exploration", 127, None)]


def test_window_holds_ten_steps_and_their_variance() -> None:
    first, second = windows(singles([0.0] * 5 + [1.0] * 6))
    assert (first.step, first.points, first.mean) == (10, 10, 0.5)
    assert round(first.noise, 6) == round(2.5 / 9, 6)
    assert (second.step, second.mean) == (11, 0.6)
