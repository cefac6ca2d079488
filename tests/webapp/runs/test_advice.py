"""What a page says to do about a run that is not well."""

from __future__ import annotations

from webapp.runs.advice import advice
from webapp.runs.limits import Limits
from webapp.runs.verdict import verdict

WELL = {
    "reward/mean": [0.1] * 10 + [0.4] * 10,
    "groups/effective": [0.7] * 20,
    "policy/entropy": [1.0] * 20,
    "update/kl": [0.001] * 20,
    "response/truncated": [0.01] * 20,
    "format/share": [0.99] * 20,
    "throughput/tokens": [100.0] * 20,
}


def said(**changed: list[float]) -> list[tuple[str, str, str]]:
    """(metric, tone, text) for a run that is well but for some metrics; keys have _ for /."""
    curves = WELL | {key.replace("__", "/"): values for key, values in changed.items()}
    return [(one.key, one.tone, one.text) for one in advice(verdict(curves), curves, Limits())]


def test_run_that_is_well_needs_no_advice() -> None:
    assert said() == []


def test_groups_without_variance_are_told_apart_by_being_wrong_or_right() -> None:
    few = [0.1] * 20
    low = "Only 10% of the groups have rewards that differ; the others teach nothing."
    assert said(groups__effective=few, groups__all_zero=[0.8] * 20, groups__all_one=[0.1] * 20) == [
        ("groups/effective", "bad", f"{low} In 80% every answer is wrong.")
    ]
    assert said(groups__effective=few, groups__all_zero=[0.2] * 20, groups__all_one=[0.7] * 20) == [
        ("groups/effective", "bad", f"{low} In 70% every answer is right.")
    ]


def test_truncation_and_form_are_told_apart() -> None:
    assert said(response__truncated=[0.2] * 20) == [
        ("response/truncated", "warn", "20.0% of the rollouts were cut off before they ended.")
    ]
    assert said(format__share=[0.4] * 20) == [
        ("response/truncated", "bad", "Many answers are not in the form that is asked for: 40% in a box.")
    ]


def test_collapse_to_one_answer_is_said_once_there_are_enough_steps() -> None:
    text = "90% of the answers are one and the same, whatever the context."
    assert said(answers__same=[0.9] * 20) == [("answers/same", "bad", text)]
    assert said(answers__same=[0.9] * 19) == []
    assert [tone for _, tone, _ in said(answers__same=[0.6] * 20)] == ["warn"]
    assert said(answers__same=[0.4] * 20) == []


def test_collapsed_entropy_and_a_slow_machine_have_remedies() -> None:
    curves = WELL | {"policy/entropy": [0.01] * 20, "throughput/tokens": [100.0] * 10 + [20.0] * 10}
    found = advice(verdict(curves), curves, Limits())
    assert [one.key for one in found] == ["policy/entropy", "throughput/tokens"]
    assert all(one.remedy.endswith(".") for one in found)


def test_limits_decide_what_collapse_is() -> None:
    curves = WELL | {"answers/same": [0.3] * 20}
    assert [one.tone for one in advice(verdict(curves), curves, Limits(same_good=0.2, same_bad=0.3))] == [
        "bad"
    ]
