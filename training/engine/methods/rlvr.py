"""Verifiable rewards (RLVR): the answer in the last box after the thought, checked by Math-Verify."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from training.answers.check import RULE, check_answer
from training.answers.tasks import unanswered
from training.contract.events import TasksEvaluated
from training.contract.settings.answers import RlvrConfig
from training.engine.methods.base import Bench, HeldOut, Outcome, Policy, TaskFacts
from training.engine.methods.graded import evaluate_tasks
from training.records import ProblemTask, RolloutGroup


class RlvrMethod:
    """RLVR; nothing is asked but whether the answer is right."""

    conditional = False

    def __init__(self, bench: Bench) -> None:
        method = bench.config.method
        assert isinstance(method, RlvrConfig)
        self._bench = bench
        self._method = method
        self._end_tokens = bench.end_tokens

    async def judge(
        self, task: ProblemTask, response_ids: Sequence[int], *, first: bool, policy: Policy
    ) -> Outcome:
        """1 for a right answer; nothing for a truncated response, whatever it holds."""
        return await self._judge(task, response_ids)

    def weight(self, task: ProblemTask) -> float:
        return 1.0

    def facts(self, task: ProblemTask) -> TaskFacts:
        return TaskFacts(
            kind="problem",
            document=task.document,
            document_name=task.document_name,
            context=task.problem,
            prompt=task.prompt,
            truth=task.answer,
        )

    def metrics(self, groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
        return {}

    def evaluate(self, held_out: HeldOut) -> TasksEvaluated:
        """Pass@1 of the held-out problems."""
        return evaluate_tasks(
            self._bench,
            held_out,
            what="answers",
            rule=RULE,
            prompt=self._method.instruction,
            judge=self._judge,
            question=unanswered,
        )

    async def _judge(self, task: ProblemTask, response_ids: Sequence[int]) -> Outcome:
        response, truncated = self._bench.read(response_ids)
        # In a thread: one answer may take Math-Verify a second, and other rollouts go on.
        reward = await asyncio.to_thread(
            check_answer,
            response,
            task.answer,
            truncated=truncated,
            think_prefilled=task.think_prefilled,
            end_tokens=self._end_tokens,
        )
        return Outcome(response, truncated, reward)
