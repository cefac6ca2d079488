"""Small records for tests: tasks and rollouts with the few values a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from training.contract.experiment import parse_experiment
from training.engine.methods.base import AskJudge, Bench
from training.records import (
    AnyTask,
    ProblemTask,
    Reason,
    Reward,
    Rollout,
    RolloutGroup,
    SegmentTask,
    Task,
    TokenPosition,
)


def task(truth: bytes = b" size and", boundaries: tuple[int, ...] = (5, 9), index: int = 4) -> Task:
    return Task(
        position=TokenPosition(2, index, 17, 22, 9, 1.25, -0.5, 1, 3),
        document_name="sizes",
        context="the list's",
        prompt="the list's\n<think>",
        prompt_ids=(5, 6, 7),
        context_ids=(5, 6),
        think_prefilled=True,
        truth=truth,
        boundaries=boundaries,
    )


def rollout(
    sample: int,
    value: float,
    *,
    prediction: bytes | None = b" size",
    reason: Reason = "match",
    ids: tuple[int, ...] = (8, 9, 2),
    advantage: float = 0.0,
    truncated: bool = False,
) -> Rollout:
    return Rollout(
        group=0,
        sample=sample,
        response="so</think>\\boxed{ size}",
        response_ids=ids,
        logprobs=tuple(-0.5 for _ in ids),
        truncated=truncated,
        reward=Reward(value, reason, prediction, "so"),
        advantage=advantage,
    )


def group(*rollouts: Rollout, argmax_id: int | None = None, of: AnyTask | None = None) -> RolloutGroup:
    return RolloutGroup(12, of or task(), rollouts, argmax_id)


def segment_task(kind: Literal["asr", "msr"] = "asr") -> SegmentTask:
    """The second of three sentences."""
    return SegmentTask(
        kind=kind,
        document=5,
        document_name="three",
        index=1,
        byte_start=11,
        byte_end=19,
        context="It begins. ",
        following=" Then more." if kind == "msr" else "",
        references=("It ends.", " Then more."),
        prompt="It begins. What follows?",
        prompt_ids=(5, 6, 7),
        think_prefilled=False,
    )


def problem_task(answer: str = "42") -> ProblemTask:
    return ProblemTask(3, "problem 3", "What is 6 times 7?", answer, "What is 6 times 7?", (5, 6), False)


class Letters:
    """A tokenizer whose ids are code points; 2 ends a response."""

    def decode(self, ids: Sequence[int], **_: object) -> str:
        return "".join("<end>" if token == 2 else chr(token) for token in ids)


def letters(text: str, *, ended: bool = True) -> tuple[int, ...]:
    """The ids of a response in Letters."""
    return (*map(ord, text), *([2] if ended else []))


def segment_bench(ask: AskJudge | None = None, **method: Any) -> Bench:
    """An RLPT experiment; `method` holds settings that differ."""
    settings = {"kind": "rlpt", "prefill_think": False, **method}
    judge = {"kind": "deterministic_for_tests"}
    return Bench(parse_experiment({"method": settings, "judge": judge}), Letters(), (2,), ask)


def problem_bench() -> Bench:
    return Bench(parse_experiment({"method": {"kind": "rlvr", "prefill_think": False}}), Letters(), (2,))
