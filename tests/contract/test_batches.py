"""The batch arithmetic: what becomes of the contexts of a step, and what does not divide."""

from __future__ import annotations

from dataclasses import replace

from training.contract.batches import Batches
from training.contract.presets import preset

PAPER = Batches(contexts=256, group_size=8, mini_batch=256, devices=8, micro_batch=1, tensor_parallel=2)


def test_papers_step_is_one_update_of_256_rollouts_on_each_gpu() -> None:
    assert preset("rpt-paper").batches == PAPER
    assert (PAPER.rollouts, PAPER.rollouts_per_update, PAPER.rollouts_per_device) == (2048, 2048, 256)
    shares = {one.name: (one.total, one.by, one.each) for one in PAPER.divisions()}
    assert shares == {
        "updates": (256, 256, 1),
        "devices": (2048, 8, 256),
        "micro_batches": (256, 1, 256),
        "replicas": (8, 2, 4),
    }
    assert PAPER.faulty is None


def test_mini_batch_that_leaves_a_rest_is_the_first_fault() -> None:
    faulty = replace(PAPER, mini_batch=100, tensor_parallel=3).faulty
    assert faulty is not None
    assert (faulty.name, faulty.each, faulty.rest, faulty.nearest) == ("updates", 2, 56, 128)
    assert "256 = 2 x 100 + 56" in faulty.fault


def test_micro_batch_is_told_the_nearest_divisor_the_smaller_of_two() -> None:
    faulty = replace(PAPER, micro_batch=3).faulty
    assert faulty is not None
    assert (faulty.setting, faulty.rest, faulty.nearest) == ("resources.micro_batch_rollouts", 1, 2)


def test_rollouts_that_do_not_divide_by_the_devices_say_how_many_there_are() -> None:
    faulty = replace(PAPER, mini_batch=1, group_size=6).faulty
    assert faulty is not None
    assert "1 x 6 = 6 rollouts) does not divide by the 8 devices" in faulty.fault
