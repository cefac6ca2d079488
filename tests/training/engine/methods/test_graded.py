"""Held-out tasks in a run: asked part by part, judged as in training, counted, written down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.training.engine.samples import Letters, letters, problem_task, segment_task
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.contract.task_answers import find_rows, read_rows
from training.engine.methods.base import Bench, HeldOut
from training.engine.methods.rlpt import RlptMethod
from training.engine.methods.rlvr import RlvrMethod
from training.engine.sampler import AskedRule
from training.judging.deterministic_for_tests import overlaps
from training.judging.pair import Pair
from training.models.generate import Sampled
from training.records import AnyTask, Verdict


class Canned:
    """Gives each prompt the same responses, one after another."""

    def __init__(self, *responses: str) -> None:
        self.responses = responses
        self.rules: list[AskedRule] = []

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        self.rules.append(rule)
        drawn = [Sampled(ids := letters(text), (-0.5,) * len(ids), False) for text in self.responses]
        return [drawn for _ in prompts]


async def ask(pair: Pair) -> Verdict | None:
    return Verdict(int(overlaps(pair)), "", "made", False, 0.0)


def bench(method: dict[str, object], asked: object = None) -> Bench:
    config = parse_experiment(
        {
            "seed": 7,
            "data": {"held_out_documents": 1},
            "method": {"prefill_think": False, **method},
            "judge": {"kind": "deterministic_for_tests"},
            "evaluation": {"every": 1, "samples": 2, "temperature": 0.6},
            "sampling": {"max_response_tokens": 64},
        }
    )
    return Bench(config, Letters(), (2,), asked)  # type: ignore[arg-type]


def held_out(folder: Path, tasks: Sequence[AnyTask], sampler: Canned, parts: list[int]) -> HeldOut:
    return HeldOut(
        step=4,
        tasks=tuple(tasks),
        sampler=sampler,
        parameters=10,
        file=folder / "step_000004.parquet",
        progressed=lambda: parts.append(1),
        finish=asyncio.run,
        lost_judge=lambda: ForesightError("The judge is down."),
    )


def segment(text: str) -> str:
    return f"<|startofprediction|>{text}<|endofprediction|>"


def test_segments_are_scored_by_task_under_the_runs_judge(tmp_path: Path) -> None:
    sampler, parts = Canned(segment("It ends."), "no tags"), list[int]()
    tasks = [segment_task("asr"), segment_task("msr")]
    method = RlptMethod(bench({"kind": "rlpt", "rule": "strict"}, ask))
    event = method.evaluate(held_out(tmp_path, tasks, sampler, parts))
    result = event.result
    assert (event.step, result.metrics) == (4, {"eval/segments/asr": 0.5, "eval/segments/msr": 0.5})
    assert (result.what, result.rule, result.prompt) == (
        "segments",
        "strict by deterministic_for_tests",
        "paper",
    )
    (asr, _) = result.scores
    assert (asr.n, asr.samples, asr.correct, asr.format_share) == (1, 2, 1, 0.5)
    assert [(one.k, one.value) for one in asr.pass_at] == [(1, 0.5), (2, 1.0)]
    assert sampler.rules == [AskedRule(2, 0.6, 1.0, 64, 7)]
    assert parts == [1]
    (row,) = read_rows(tmp_path / result.answers_file, [1])
    assert (row.kind, row.truth, row.right, row.reasons) == ("msr", "It ends.", 1, ("match", "no_prediction"))
    assert row.asked == "It begins. \n\n<MASK>\n\n Then more."


def test_tasks_are_asked_in_parts_each_with_a_seed_of_its_own(tmp_path: Path) -> None:
    sampler, parts = Canned("\\boxed{42}", "\\boxed{43}"), list[int]()
    tasks = [problem_task("42")] * 70
    result = RlvrMethod(bench({"kind": "rlvr"})).evaluate(held_out(tmp_path, tasks, sampler, parts)).result
    assert [rule.seed for rule in sampler.rules] == [7, 7 + 64]
    assert (result.metrics, result.scores[0].n, parts) == ({"eval/answers/pass_1": 0.5}, 70, [1, 1])
    assert len(find_rows(tmp_path / result.answers_file, lambda kind, right, samples: right == 1)) == 70


def test_judge_that_is_down_ends_the_evaluation_with_its_own_error(tmp_path: Path) -> None:
    async def down(pair: Pair) -> Verdict | None:
        return None

    method = RlptMethod(bench({"kind": "rlpt"}, down))
    sampler = Canned(segment("It ends."), segment("It ends."))
    with pytest.raises(ForesightError, match="The judge is down"):
        method.evaluate(held_out(tmp_path, [segment_task()], sampler, []))
    assert list(tmp_path.iterdir()) == []
