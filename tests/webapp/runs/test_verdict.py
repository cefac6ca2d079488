"""The verdict strip: six checks with exact values."""

from __future__ import annotations

from webapp.runs.verdict import METRICS, Check, verdict

HEALTHY = {
    "reward/mean": [0.1] * 10 + [0.3] * 10,
    "baseline/constant": [0.05] * 20,
    "baseline/argmax": [0.4] * 20,
    "groups/effective": [0.6] * 20,
    "policy/entropy": [1.0] * 20,
    "update/kl": [-0.001] * 20,
    "response/truncated": [0.02] * 20,
    "format/share": [0.95] * 20,
    "throughput/tokens": [400.0] * 20,
}


def check(name: str, **changed: list[float]) -> Check:
    curves = HEALTHY | {key.replace("__", "/"): values for key, values in changed.items()}
    return next(found for found in verdict(curves) if found.name == name)


def test_healthy_run_passes_all_six_in_order() -> None:
    found = verdict(HEALTHY)
    assert [c.name for c in found] == ["Learning", "Signal", "Exploration", "Drift", "Output", "System"]
    assert {c.status for c in found} == {"good"}
    assert [c.value for c in found] == ["0.300", "60%", "1.00", "0.001", "2.0%", "400"]


def test_captions_are_short_enough_not_to_wrap() -> None:
    assert all(len(c.caption) < 28 for c in verdict(HEALTHY))


def test_under_twenty_steps_nothing_is_green() -> None:
    found = verdict({key: values[:19] for key, values in HEALTHY.items()})
    assert {c.status for c in found} == {"none"}
    assert {c.caption for c in found} == {"19 of 20 steps needed"}
    assert found[0].value == "0.300"


def test_missing_metric_is_not_recorded() -> None:
    found = verdict({})
    assert {(c.status, c.value, c.caption) for c in found} == {("none", "–", "not recorded yet")}
    assert found[1].sentence == "No step has recorded groups/effective yet."


def test_metrics_name_everything_the_checks_read() -> None:
    assert set(METRICS) == set(HEALTHY)


def test_learning_says_what_the_reward_is_compared_with() -> None:
    found = check("Learning")
    assert found.caption == "up 0.200 from the start"
    assert "best constant answer 0.050 (above), plain argmax 0.400 (not above)" in found.sentence


def test_flat_reward_is_a_warning() -> None:
    found = check("Learning", reward__mean=[0.1, 0.2] * 10)
    assert (found.status, found.caption) == ("warn", "no change beyond noise")


def test_reward_that_fell_from_its_best_is_bad_even_above_the_start() -> None:
    found = check("Learning", reward__mean=[0.1] * 10 + [0.8] * 10 + [0.2] * 10)
    assert (found.status, found.caption) == ("bad", "down 0.600 from its best")


def test_signal_turns_at_half_and_a_fifth_of_the_groups() -> None:
    assert check("Signal", groups__effective=[0.5] * 20).status == "good"
    assert check("Signal", groups__effective=[0.49] * 20).status == "warn"
    assert check("Signal", groups__effective=[0.19] * 20).status == "bad"


def test_collapsed_entropy_says_for_how_many_steps() -> None:
    found = check("Exploration", policy__entropy=[1.0] * 10 + [0.04] * 12)
    assert (found.status, found.value, found.caption) == ("bad", "0.04", "under 0.1 for 12 steps")


def test_entropy_under_half_of_the_start_is_a_warning() -> None:
    assert check("Exploration", policy__entropy=[1.0] * 10 + [0.4] * 10).status == "warn"


def test_drift_counts_the_size_not_the_sign() -> None:
    assert check("Drift", update__kl=[-0.3] * 20).status == "bad"
    assert check("Drift", update__kl=[0.1] * 20).status == "warn"


def test_truncation_and_missing_boxes_each_spoil_the_output() -> None:
    assert check("Output", response__truncated=[0.3] * 20).status == "bad"
    found = check("Output", format__share=[0.6] * 20)
    assert (found.status, found.caption) == ("warn", "60% in a box")


def test_slower_than_usual_is_seen() -> None:
    found = check("System", throughput__tokens=[400.0] * 20 + [240.0] * 10)
    assert (found.status, found.value, found.unit) == ("warn", "240", "tokens/s")
    assert found.caption == "60% of its usual speed"


def test_value_has_the_unit_of_its_metric_and_none_without_data() -> None:
    assert check("Exploration", policy__entropy=[1.4] * 20).unit == "nats"
    assert check("Signal", groups__effective=[0.6] * 20).unit == ""
    assert [one.unit for one in verdict({})] == [""] * 6


def test_judged_run_has_a_check_of_its_judge_and_no_baselines() -> None:
    curves = HEALTHY | {"verdict/malformed": [0.1] * 20, "format/share": [0.8] * 20}
    found = verdict(curves, method="rlpt")
    assert [c.name for c in found] == [
        "Learning", "Signal", "Exploration", "Drift", "Output", "Judge", "System",
    ]  # fmt: skip
    assert "Baselines" not in found[0].sentence
    assert found[0].sentence.endswith("standard errors (0.000).")
    assert found[4].caption == "80% in tags"
    assert (found[5].status, found[5].value, found[5].caption) == ("warn", "10.0%", "unreadable, good < 5%")


def test_judge_turns_at_a_twentieth_and_a_fifth_of_the_verdicts() -> None:
    states = [
        verdict(HEALTHY | {"verdict/malformed": [share] * 20}, method="rlpt")[5].status
        for share in (0.049, 0.05, 0.19, 0.2)
    ]
    assert states == ["good", "warn", "warn", "bad"]


def test_verifiable_rewards_have_no_baselines_and_no_judge() -> None:
    found = verdict(HEALTHY, method="rlvr")
    assert len(found) == 6
    assert "aselines" not in found[0].sentence
