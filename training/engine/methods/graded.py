"""Evaluates the policy on held-out tasks whose responses are right or wrong: segments, problems."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.contract.events import TasksEvaluated
from training.contract.task_result import TaskResult, TaskSet
from training.engine.methods.base import Bench, HeldOut, Outcome
from training.engine.sampler import AskedRule
from training.evaluation.task_scores import TaskAnswer, TaskAnswers, judged, task_scores, tasks_key
from training.evaluation.task_table import write_task_answers
from training.models.generate import Sampled

CHUNK = 64  # tasks asked at a time


def evaluate_tasks(
    bench: Bench,
    held_out: HeldOut,
    *,
    what: TaskSet,
    rule: str,
    prompt: str,
    judge: Callable[[Any, Sequence[int]], Awaitable[Outcome]],
    question: Callable[[Any], TaskAnswers],
) -> TasksEvaluated:
    """Ask the policy every task and count; the answers themselves go to the file of `held_out`.

    Args:
        bench: of the run.
        held_out: the tasks, and who answers.
        what: the name of the set's kind.
        rule: who says what is right.
        prompt: the template's name.
        judge: judges one response.
        question: what a table says of a task, without answers.

    Raises:
        ForesightError: the judge is down.
    """
    config, began = bench.config, time.monotonic()
    asked = config.evaluation
    answered: list[TaskAnswers] = []
    for start in range(0, len(held_out.tasks), CHUNK):
        part = held_out.tasks[start : start + CHUNK]
        drawn = AskedRule(
            asked.samples, asked.temperature, 1.0, config.evaluation_tokens, config.seed + start
        )
        given = held_out.sampler.sample([task.prompt_ids for task in part], drawn)
        outcomes = held_out.finish(_outcomes(part, given, judge))
        if not all(outcome.settled for group in outcomes for outcome in group):
            raise held_out.lost_judge()
        for task, responses, group in zip(part, given, outcomes, strict=True):
            answered.append(replace(question(task), answers=tuple(map(_answer, responses, group))))
        held_out.progressed()
    write_task_answers(held_out.file, answered)
    result = TaskResult(
        what=what,
        model=config.model.name,
        parameters=held_out.parameters,
        weights_sha256="",  # these weights lie in no file
        tasks=tasks_key(answered),
        source=Path(config.data.corpus).name,
        rule=rule,
        prompt=prompt,
        temperature=asked.temperature,
        top_p=1.0,
        max_response_tokens=config.evaluation_tokens,
        seconds=time.monotonic() - began,
        answers_file=held_out.file.name,
        scores=task_scores(answered),
    )
    return TasksEvaluated(step=held_out.step, result=result)


async def _outcomes(
    tasks: Sequence[Any],
    given: Sequence[Sequence[Sampled]],
    judge: Callable[[Any, Sequence[int]], Awaitable[Outcome]],
) -> list[list[Outcome]]:
    """Every response of every task, judged side by side."""
    groups = (
        asyncio.gather(*(judge(task, one.token_ids) for one in responses))
        for task, responses in zip(tasks, given, strict=True)
    )
    return [list(group) for group in await asyncio.gather(*groups)]


def _answer(response: Sampled, outcome: Outcome) -> TaskAnswer:
    return judged(
        outcome.reward, outcome.response, length=len(response.token_ids), truncated=outcome.truncated
    )
