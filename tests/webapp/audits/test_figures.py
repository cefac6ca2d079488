"""Strata, draws, weights, bins: exact."""

from __future__ import annotations

import pytest

from tests.training.judging.made_groups import ONE, OTHER, TWO, made_group
from training.contract.rejudge_result import Call, RejudgeResult
from webapp.audits.figures import judges_agreement
from webapp.audits.lengths import length_bins
from webapp.audits.pool import JudgedPair, judged_pairs
from webapp.audits.strata import draw, sort_into_strata, weights


def pairs(*groups: tuple[int, list[str | None]]) -> list[JudgedPair]:
    found: list[JudgedPair] = []
    for number, predictions in groups:
        found += judged_pairs(made_group(1, number, predictions))
    return found


def test_only_rollouts_with_a_verdict_are_pairs() -> None:
    found = pairs((0, [ONE, None, OTHER, "Then"]))
    assert [(pair.key, pair.call, pair.predicted) for pair in found] == [
        ((1, 0, 0), "right", ONE),
        ((1, 0, 2), "wrong", OTHER),
    ]


def test_every_pair_is_in_one_stratum_disputed_ones_first() -> None:
    found = pairs((0, [ONE, TWO, OTHER]), (1, [ONE]))
    strata = sort_into_strata(found, {(1, 1, 0)})
    assert {name: [pair.key for pair in members] for name, members in strata.items()} == {
        "disputed": [(1, 1, 0)],
        "right, long": [(1, 0, 1)],
        "right, short": [(1, 0, 0)],
        "wrong, long": [(1, 0, 2)],
    }
    assert next(iter(strata)) == "disputed"


def test_draw_takes_from_each_stratum_in_turn_and_equal_questions_once() -> None:
    found = pairs((0, [ONE, ONE, TWO, OTHER]))
    many = {"right": found[:1] + [pair for pair in found if pair.predicted == TWO], "wrong": found[3:]}
    drawn = draw(many, 2, "seed")
    assert sorted(name for name, _ in drawn) == ["right", "wrong"]
    assert {pair.predicted for _, pair in draw({"right": found[:2]}, 5, "seed")} == {ONE}
    assert len(draw({"right": found[:2]}, 5, "seed")) == 1


def test_draw_is_the_same_for_the_same_seed() -> None:
    groups: list[tuple[int, list[str | None]]] = [(number, [f"{ONE} Case {number}."]) for number in range(12)]
    found = {"right": pairs(*groups)}
    keys = [[pair.key for _, pair in draw(found, 6, seed)] for seed in ("1 1", "1 1", "1 2")]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_weights_bring_a_sample_back_to_the_run() -> None:
    found = weights({"right": 10, "wrong": 90}, {"right": 5, "wrong": 5})
    assert found is not None
    assert found["right"] == pytest.approx(0.2)
    assert found["wrong"] == pytest.approx(1.8)
    assert 5 * found["right"] + 5 * found["wrong"] == pytest.approx(10)


def test_weights_of_a_sample_that_leaves_a_stratum_out_are_not_known() -> None:
    assert weights({"right": 10, "wrong": 90}, {"right": 5}) is None
    assert weights({}, {}) is None


def test_bins_double_and_hold_their_first_length() -> None:
    calls: list[tuple[int, Call]] = [
        (5, "right"),
        (20, "wrong"),
        (21, "right"),
        (81, "malformed"),
        (5000, "wrong"),
    ]
    found = [(one.label, one.right, one.wrong, one.malformed, one.right_share) for one in length_bins(calls)]
    assert found == [
        ("1 to 20", 1, 1, 0, 0.5),
        ("21 to 40", 1, 0, 0, 1.0),
        ("41 to 80", 0, 0, 0, None),
        ("81 to 160", 0, 0, 1, 0.0),
        ("161 to 320", 0, 0, 0, None),
        ("321 to 640", 0, 0, 0, None),
        ("641 and more", 0, 1, 0, 0.0),
    ]
    assert length_bins([]) == ()


def test_two_judges_are_compared_with_malformed_as_wrong() -> None:
    result = RejudgeResult(
        judge="endpoint qwen",
        rule="prefix",
        judge_before="local tiny",
        rule_before="prefix",
        steps=1,
        groups=1,
        rollouts=30,
        judged=25,
        table=((13, 1, 1), (2, 5, 1), (1, 0, 1)),
        effective_before=1,
        effective_after=1,
        gained=0,
        lost=0,
        reward_before=0.5,
        reward_after=0.5,
        kinds=(),
        seconds=1.0,
    )
    raters = judges_agreement(result)
    assert (raters.one, raters.other, raters.table) == ("before", "now", ((13, 2), (3, 7)))
    assert raters.found is not None and raters.found.kappa == pytest.approx(0.272 / 0.472)
