"""What becomes of the sampled groups of a step: settled, counted, kept or dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.contract.presets import preset
from training.engine.groups import SampledGroup, at_the_cap, count, pick, settled
from training.engine.metrics import from_sampling
from training.engine.overrides import dynamic_sampling
from training.engine.place import read_place, write_place


def group(row: int, *rewards: float, reasons: tuple[str, ...] = ("mismatch",)) -> SampledGroup:
    return SampledGroup(f"u{row}", row, rewards, reasons)


GROUPS = [group(7, 1, 0), group(2, 0, 0), group(3, 1, 1), group(5, 0, 1), group(4, 0.25, 0.5)]


def test_groups_with_a_gradient_are_picked_in_the_order_of_their_positions() -> None:
    assert [found.row for found in pick(GROUPS, 2)] == [4, 5]
    assert [found.row for found in pick(GROUPS, 9)] == [4, 5, 7]


def test_counts_are_over_all_that_were_sampled() -> None:
    counts = count(GROUPS, used=2)
    assert (counts.generated, counts.effective, counts.all_zero, counts.all_one) == (5, 3, 1, 1)
    assert from_sampling(counts) == {
        "groups/effective": 3 / 5,
        "groups/all_zero": 1 / 5,
        "groups/all_one": 1 / 5,
        "sampling/generated_groups": 5.0,
        "sampling/dropped": 1 - 2 / 5,
    }


@pytest.mark.parametrize(
    ("reasons", "conditional", "rewards"),
    [
        (("mismatch", "boundary_miss"), True, (0.0, 0.0)),
        (("mismatch", "boundary_miss"), False, (0.25, 0.5)),
        (("mismatch", "match"), True, (0.25, 0.5)),
    ],
)
def test_conditional_reward_is_nothing_where_nothing_is_right(
    reasons: tuple[str, ...], conditional: bool, rewards: tuple[float, ...]
) -> None:
    found = settled(group(1, 0.25, 0.5, reasons=reasons), conditional=conditional)
    assert found.rewards == rewards


def test_cap_says_what_was_seen_and_what_to_do() -> None:
    error = at_the_cap(count(GROUPS, used=0), batches=2, size=4)
    assert error.field == "optimisation.max_generation_batches"
    assert "5 groups of 2 generation batches 3 (60.0%)" in error.message
    assert "dynamic_sampling_from" in error.remedy
    assert not error.retryable


def test_dynamic_sampling_is_the_papers_in_its_preset_and_off_in_the_demo() -> None:
    paper = dynamic_sampling(preset("rpt-paper"))
    assert paper is not None
    assert (paper.first_step, paper.max_batches) == (500, 10)
    assert dynamic_sampling(preset("demo-cpu")) is None


def test_place_in_the_task_file_is_kept(tmp_path: Path) -> None:
    assert read_place(tmp_path, otherwise=12) == 12
    write_place(tmp_path, 34)
    assert read_place(tmp_path, otherwise=12) == 34
    (tmp_path / "place.json").write_text("[]")
    with pytest.raises(ForesightError, match="not readable"):
        read_place(tmp_path, otherwise=12)
