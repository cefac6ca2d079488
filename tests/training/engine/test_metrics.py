"""verl's metric names become the catalogue's; shares and means are counted over the rollouts."""

from __future__ import annotations

import math

import pytest

from tests.training.engine.samples import group, rollout
from training.contract.metrics import CATALOGUE
from training.engine.metrics import VERL_NAMES, from_groups, from_verl


def test_every_mapped_name_leads_into_the_catalogue() -> None:
    assert set(VERL_NAMES.values()) <= set(CATALOGUE)


def test_verl_names_are_replaced_and_others_pass_through() -> None:
    found = from_verl({"actor/grad_norm": 0.25, "timing_s/gen": 2.0, "critic/score/mean": 0.5}, devices=1)
    assert found == {"update/grad_norm": 0.25, "time/generate": 2.0, "critic/score/mean": 0.5}


def test_doubled_section_is_read_as_one() -> None:
    assert from_verl({"actor/actor/pg_clipfrac": 0.125}, devices=1) == {"update/clip_fraction": 0.125}


def test_rollout_kl_goes_before_the_idle_ratio() -> None:
    found = from_verl({"actor/ppo_kl": 0.0, "actor/rollout_kl": 0.01}, devices=1)
    assert found == {"update/kl": 0.01}


def test_throughput_is_that_of_all_devices() -> None:
    assert from_verl({"perf/throughput": 100.0}, devices=8) == {"throughput/tokens": 800.0}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_number_that_is_not_finite_is_not_measured(value: float) -> None:
    assert from_verl({"actor/grad_norm": value, "note": "text"}, devices=1) == {"update/grad_norm": None}


def test_groups_are_counted_by_whether_their_rewards_differ() -> None:
    mixed = group(rollout(0, 1.0), rollout(1, 0.0, prediction=None, reason="no_box"))
    wrong = group(rollout(0, 0.0, reason="mismatch"), rollout(1, 0.0, prediction=b"", reason="empty"))
    right = group(rollout(0, 1.0, ids=(8, 2)), rollout(1, 1.0, ids=(8, 9, 9, 9), truncated=True))
    assert from_groups([mixed, wrong, right, right]) == {
        "answers/same": 6 / 8,
        "reward/mean": 5 / 8,
        "format/share": 6 / 8,
        "groups/effective": 1 / 4,
        "groups/all_zero": 1 / 4,
        "groups/all_one": 2 / 4,
        "response/length": 3.0,
        "response/truncated": 2 / 8,
    }
