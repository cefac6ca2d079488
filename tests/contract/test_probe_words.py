"""What a probe means, in sentences."""

from __future__ import annotations

from typing import Any

from training.contract.probe_result import ProbeBand, ProbeBin, ProbedGroup, ProbeResult
from training.contract.probe_words import band_words, bin_words, percent, verdict


def made_bin(low: float, mixed: float | None) -> ProbeBin:
    groups = 0 if mixed is None else 10
    return ProbeBin(
        low=low, high=low + 0.5, positions=100, groups=groups, all_zero=groups, mixed=0, all_one=0,
        reward=0.0, expected_mixed=mixed, interval=None,
    )  # fmt: skip


def made_band(low: float, high: float, mixed: float, contexts: int = 10) -> ProbeBand:
    return ProbeBand(
        low=low, high=high, positions=1500, groups=10, expected_mixed=mixed, effective_groups=mixed * contexts
    )


def made_result(mixed: float, **changes: Any) -> ProbeResult:
    group = ProbedGroup(
        document=0, document_name="d", token_index=3, byte_start=1, byte_end=2, entropy=0.7, context_tail="a",
        truth="b", rewards=(0.0, 0.0), boxed=2, truncated=0,
    )  # fmt: skip
    values: dict[str, Any] = {
        "model": "m", "template": "short", "reward": "prefix", "cold_start_steps": 0, "samples": 2,
        "group_size": 2, "contexts_per_step": 10, "selected": 3000, "lowest_entropy": 0.5, "minimum_positions": 1200,
        "whole": made_band(0.5, 2.0, mixed), "band": made_band(1.0, 2.0, 0.41),
        "bins": (made_bin(0.5, 0.12), made_bin(1.0, 0.45), made_bin(1.5, None)), "groups": (group,),
        "boxed": 1.0, "truncated": 0.0, "response_tokens": 9.0, "seconds": 1.0, "notes": (),
    }  # fmt: skip
    return ProbeResult(**{**values, **changes})


def test_percent_keeps_a_digit_where_it_is_small() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.123, 1.0)] == ["0 %", "0.4 %", "12 %", "100 %"]


def test_bin_words_name_the_best_bin_first_and_leave_out_what_was_not_probed() -> None:
    assert bin_words(made_result(0.3)) == "Groups at 1.0 to 1.5 nats: 45 % mixed; 0.5 to 1.0: 12 %."


def test_verdict_good_says_the_groups_of_a_step() -> None:
    said = verdict(made_result(0.3))
    assert (said.tone, said.remedy) == ("good", "")
    assert said.words == (
        "There is something to learn here. 30 % of the groups would be mixed: about 3.0 of the 10 groups of "
        "a step would have a gradient."
    )


def test_verdict_of_less_than_one_group_a_step_is_bad_and_names_the_cause() -> None:
    said = verdict(made_result(0.02, boxed=0.1))
    assert said.tone == "bad"
    assert said.words.startswith("GRPO would learn next to nothing here. 2.0 % of the groups")
    assert said.remedy.startswith("Only 10 % of the responses hold an answer in a box: add cold-start steps")


def test_verdict_of_a_small_batch_goes_by_the_share() -> None:
    assert verdict(made_result(0.0, whole=made_band(0.5, 2.0, 0.4, contexts=2))).tone == "good"


def test_verdict_of_few_groups_warns_and_looks_at_what_they_are() -> None:
    def few(**changes: Any) -> ProbeResult:
        return made_result(0.0, **{"whole": made_band(0.5, 2.0, 0.05, contexts=100), **changes})

    wrong = made_bin(0.5, 0.0).model_copy(update={"groups": 1, "all_zero": 1})
    right = made_bin(0.5, 0.0).model_copy(update={"groups": 1, "all_zero": 0, "all_one": 1})
    assert verdict(few(bins=(wrong,))).tone == "warn"
    assert verdict(few(bins=(wrong,))).remedy.startswith("Most groups are all wrong")
    assert verdict(few(bins=(right,))).remedy.startswith("Most groups are all right")
    assert verdict(few(truncated=0.8)).remedy.startswith("80 % of the responses were cut off")


def test_band_words_compare_the_band_with_the_selection() -> None:
    assert band_words(made_result(0.2)) == (
        "1.0 to 2.0 nats has the highest share of mixed groups: 41 %, about 4.1 of 10 groups a step, from "
        "1,500 positions. The selection as it is: 20 %, about 2.0."
    )


def test_band_words_of_the_whole_or_of_none_ask_for_no_change() -> None:
    assert band_words(made_result(0.2, band=made_band(0.5, 2.0, 0.2))).startswith("No narrower band")
    assert band_words(made_result(0.2, band=None)) == (
        "No band is recommended: none holds 1,200 positions and enough probed groups. Probe more positions."
    )


def test_band_words_without_any_mixed_group_recommend_nothing() -> None:
    none = made_result(0.0, band=made_band(0.5, 2.0, 0.0))
    assert band_words(none).startswith("No probed group was mixed, at whatever entropy")
