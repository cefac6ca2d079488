"""What a control step may cost: hand values."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.compute import StepCost, matched_tokens, step_costs
from training.contract.errors import ForesightError
from training.contract.events import Metrics
from training.contract.stream import EventWriter, spool_path


def spool(run_dir: Path, attempt: int, *steps: tuple[int, dict[str, float | None]]) -> None:
    writer = EventWriter(spool_path(run_dir, attempt))
    for step, values in steps:
        writer.emit(Metrics(step=step, values=values))


def counted(rollout: float, train: float) -> dict[str, float | None]:
    return {"compute/rollout_tokens": rollout, "compute/train_tokens": train}


def test_control_step_costs_what_the_mean_step_does(tmp_path: Path) -> None:
    # 2 N 300 + 6 N 100 = 1200 N = 6 N 200, and 2 N 600 + 6 N 200 = 2400 N = 6 N 400
    spool(tmp_path, 1, (1, counted(300, 100)), (2, counted(600, 200)))
    assert matched_tokens(tmp_path) == 300


def test_step_of_a_later_attempt_takes_the_place_of_the_first(tmp_path: Path) -> None:
    spool(tmp_path, 1, (1, counted(3, 1)), (2, counted(9, 9)))
    spool(tmp_path, 2, (2, counted(3, 2)))
    assert step_costs(tmp_path) == {1: StepCost(3, 1), 2: StepCost(3, 2)}


def test_run_without_its_own_count_is_taken_by_verls(tmp_path: Path) -> None:
    spool(tmp_path, 1, (1, {"perf/total_num_tokens": 300.0}))
    assert matched_tokens(tmp_path) == 400


def test_run_without_a_step_is_an_error(tmp_path: Path) -> None:
    spool(tmp_path, 1, (1, {"cold_start/loss": 1.0}))
    with pytest.raises(ForesightError, match="no step yet") as caught:
        matched_tokens(tmp_path)
    assert caught.value.field == "method.reference"
