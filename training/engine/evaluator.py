"""Evaluates the policy during a run, through the rollout server that already holds its weights.

Works for vLLM and for the CPU's server alike. Responses drawn at a temperature carry seeds of their
own, so that an evaluation leaves the stream of the rollouts as it was: a run with evaluations trains
on the same rollouts as one without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from training.contract.events import EvaluationDone, Metrics, TasksEvaluated
from training.contract.stream import read_after
from training.engine.methods.base import HeldOut, Method
from training.engine.sampler import AskedRule, Sampler
from training.engine.session import Session
from training.models.generate import Sampled
from training.prompts.task_file import read_tasks

HELD_OUT = Path("work") / "held_out.parquet"
LOOK_SECONDS = 1.0
"""How often the run is looked after while verdicts are waited for."""


class ServerSampler:
    """Asks a rollout server through verl's client."""

    def __init__(self, client: Any, end_ids: Sequence[int]) -> None:
        self._client = client
        self._end_ids = frozenset(end_ids)

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        async def ask_all() -> list[Sampled]:
            asked = [self._ask(prompt, rule, number) for prompt in prompts for number in range(rule.samples)]
            return await asyncio.gather(*asked)

        given = iter(asyncio.run(ask_all()))
        return [[next(given) for _ in range(rule.samples)] for _ in prompts]

    async def _ask(self, prompt: tuple[int, ...], rule: AskedRule, number: int) -> Sampled:
        parameters: dict[str, Any] = {
            "temperature": rule.temperature,
            "top_p": rule.top_p,
            "top_k": -1,
            "repetition_penalty": 1.0,
            "logprobs": False,
            "max_tokens": rule.max_new_tokens,
        }
        if rule.temperature > 0 and rule.seed is not None:
            parameters["seed"] = rule.seed * rule.samples + number  # of its own for each sample of a prompt
        output = await self._client.generate(
            request_id=uuid4().hex, prompt_ids=list(prompt), sampling_params=parameters
        )
        ids = tuple(output.token_ids)[: rule.max_new_tokens]
        return Sampled(ids, tuple(output.log_probs or ()), truncated=not ids or ids[-1] not in self._end_ids)


class Evaluator:
    """The evaluations of one run.

    Args:
        session: the attempt.
        method: the run's.
        sampler: its rollout servers.
        parameters: of the model.
        progressed: called after each part of the tasks.
        look: looks after the run; called while verdicts are waited for.
        lost_judge: why verdicts are missing.
    """

    def __init__(
        self,
        session: Session,
        method: Method[Any],
        sampler: Sampler,
        parameters: int,
        *,
        progressed: Callable[[], None],
        look: Callable[[], None],
        lost_judge: Callable[[], Exception],
    ) -> None:
        self._session = session
        self._method = method
        self._sampler = sampler
        self._parameters = parameters
        self._progressed = progressed
        self._look = look
        self._lost_judge = lost_judge
        self._tasks = read_tasks(session.run_dir / HELD_OUT).tasks

    def at_start(self, step: int) -> None:
        """Evaluate the weights the attempt begins with, unless an earlier attempt has done so."""
        every = self._session.config.evaluation.every
        if step % every == 0 and step not in evaluated_steps(self._session.run_dir):
            self._session.emit(Metrics(step=step, values=dict(self.evaluate(step))))

    def evaluate(self, step: int) -> dict[str, float]:
        """Evaluate the weights after `step` steps; emits the event and returns its metrics."""
        event = self._method.evaluate(
            HeldOut(
                step=step,
                tasks=self._tasks,
                sampler=self._sampler,
                parameters=self._parameters,
                file=self._session.run_dir / "evaluations" / f"step_{step:06d}.parquet",
                progressed=self._progressed,
                finish=self._finish,
                lost_judge=self._lost_judge,
            )
        )
        self._session.emit(event)
        return event.result.metrics

    def _finish(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run `work` to its end, looking after the run meanwhile."""

        async def watched() -> Any:
            task = asyncio.create_task(work)
            while not task.done():
                await asyncio.wait({task}, timeout=LOOK_SECONDS)
                self._look()
            return task.result()

        return asyncio.run(watched())


def evaluated_steps(run_dir: Path) -> set[int]:
    """The steps whose evaluation is in a spool of the run."""
    return {
        line.event.step
        for spool in run_dir.glob("events.*.jsonl")
        for line in read_after(spool)
        if isinstance(line.event, EvaluationDone | TasksEvaluated)
    }
