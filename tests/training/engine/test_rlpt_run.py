"""A real run of RLPT on the CPU: both tasks, a judge, lambda, evaluation, a checkpoint, then on from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

import pytest
import torch
from safetensors.torch import load_file

from tests.training.engine.small_run import SmallAttempt, train_small
from tests.training.engine.small_segments import Kind, prepare_segments
from training.contract.events import Metrics, Resumed, TasksEvaluated
from training.contract.metrics import CATALOGUE
from training.contract.rollout_file import GroupRecord

KINDS: tuple[Kind, ...] = ("asr", "msr", "asr", "msr", "msr", "asr")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> SmallAttempt:
    """Three steps at once, evaluated before, after the second and at the end."""
    folder = tmp_path_factory.mktemp("straight")
    prepare_segments(folder, KINDS, evaluation={"every": 2})
    return train_small(folder, 3, 1)


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> SmallAttempt:
    """The third step in an attempt of its own."""
    folder = tmp_path_factory.mktemp("resumed")
    prepare_segments(folder, KINDS, evaluation={"every": 2})
    train_small(folder, 2, 1)
    return train_small(folder, 3, 2, "step_000002")


def test_both_tasks_are_trained_in_the_order_of_the_file(straight: SmallAttempt) -> None:
    found = [[group.kind for group in groups] for groups in straight.groups.values()]
    assert found == [["asr", "msr"], ["asr", "msr"], ["msr", "asr"]]
    first, second = straight.groups[1]
    assert (first.truth, first.following, first.weight) == ("the list ends. ", "", 1.0)
    assert (second.truth, second.following, second.weight) == (
        "the value is the end. ",
        "the size decreases. ",
        0.5,
    )


def test_verdict_stands_beside_every_prediction_that_was_judged(straight: SmallAttempt) -> None:
    rollouts = [one for groups in straight.groups.values() for group in groups for one in group.rollouts]
    judged = [one for one in rollouts if one.reason in ("match", "mismatch")]
    assert {one.reason for one in judged} == {"match", "mismatch"}
    for one in judged:
        assert one.verdict is not None
        assert (one.verdict.score, one.verdict.judge) == (int(one.reward), "deterministic_for_tests")
    assert all(one.verdict is None for one in rollouts if one not in judged)
    lines = (straight.folder / "judged.1.jsonl").read_text().splitlines()
    assert {json.loads(line)["rule"] for line in lines} == {"prefix"}


def test_recorded_advantage_is_the_groups_own_whatever_its_weight(straight: SmallAttempt) -> None:
    for group in (group for groups in straight.groups.values() for group in groups):
        rewards = [one.reward for one in group.rollouts]
        expected = [(value - fmean(rewards)) / (stdev(rewards) + 1e-6) for value in rewards]
        assert [one.advantage for one in group.rollouts] == pytest.approx(expected, abs=1e-5)
    signal = {group.kind for groups in straight.groups.values() for group in groups if effective(group)}
    assert signal == {"asr", "msr"}


def effective(group: GroupRecord) -> bool:
    return len({one.reward for one in group.rollouts}) > 1


def test_metrics_are_split_by_task_and_verdict(straight: SmallAttempt) -> None:
    for step, values in straight.metrics.items():
        groups = straight.groups[step]
        for kind in ("asr", "msr"):
            of_kind = [one for group in groups if group.kind == kind for one in group.rollouts]
            assert values[f"reward/{kind}"] == pytest.approx(fmean(one.reward for one in of_kind))
            assert values[f"response/length_{kind}"] == fmean(len(one.token_ids) for one in of_kind)
        rollouts = [one for group in groups for one in group.rollouts]
        assert values["judge/asked"] == sum(one.verdict is not None for one in rollouts)
        assert values["judge/retries"] == 0.0
        assert values["verdict/right"] == fmean(one.reason == "match" for one in rollouts)
        assert "baseline/constant" not in values
        assert (values["time/judge"] or 0) > 0
        assert (values["compute/flops"] or 0) > 0


def test_metrics_of_the_catalogue_are_measured(straight: SmallAttempt) -> None:
    elsewhere = {"cold_start/loss", "control/loss", "control/argmax", "baseline/constant", "baseline/argmax"}
    elsewhere |= {key for key in CATALOGUE if key.startswith(("eval/", "sft/"))}
    elsewhere -= {"eval/segments/asr", "eval/segments/msr"}
    assert set(CATALOGUE) - set(straight.metrics[2]) == elsewhere


def test_held_out_tasks_are_judged_before_on_the_way_and_at_the_end(straight: SmallAttempt) -> None:
    found = straight.of(TasksEvaluated)
    assert [event.step for event in found] == [0, 2, 3]
    assert len({event.result.tasks for event in found}) == 1
    for event in found:
        assert [(score.kind, score.n, score.samples) for score in event.result.scores] == [
            ("asr", 1, 1),
            ("msr", 1, 1),
        ]
        assert (straight.folder / "evaluations" / event.result.answers_file).is_file()
    told = {event.step: event.values for event in straight.of(Metrics) if "eval/segments/asr" in event.values}
    assert sorted(told) == [0, 2, 3]


def test_resumed_run_is_the_one_that_never_stopped(straight: SmallAttempt, resumed: SmallAttempt) -> None:
    assert resumed.of(Resumed) == [Resumed(step=2, path="checkpoints/step_000002")]
    assert list(resumed.groups) == [3]
    assert sampled(resumed.groups[3]) == sampled(straight.groups[3])
    ours, theirs = (
        load_file(one.folder / "checkpoints/step_000003/model/model.safetensors")
        for one in (resumed, straight)
    )
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def sampled(groups: Sequence[GroupRecord]) -> list[list[tuple[tuple[int, ...], float, float]]]:
    return [[(one.token_ids, one.reward, one.advantage) for one in group.rollouts] for group in groups]


def test_lambda_of_0_gives_the_masked_task_no_gradient_at_all(tmp_path: Path) -> None:
    prepare_segments(tmp_path, ("msr",) * 4, method={"msr_weight": 0.0})
    found = train_small(tmp_path, 1, 1)
    (groups,) = found.groups.values()
    assert any(effective(group) for group in groups)
    assert [group.weight for group in groups] == [0.0, 0.0]
    assert found.metrics[1]["update/grad_norm"] == 0.0
    before = load_file(tmp_path / "work/model/model.safetensors")
    after = load_file(tmp_path / "checkpoints/step_000001/model/model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)
