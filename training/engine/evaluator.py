"""Evaluates the policy during a run, through the rollout server that already holds its weights.

Works for vLLM and for the CPU's server alike. Responses drawn at a temperature carry seeds of their
own, so that an evaluation leaves the stream of the rollouts as it was: a run with evaluations trains
on the same rollouts as one without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from training.contract.evaluation_result import EvaluationResult
from training.contract.events import EvaluationDone, Metrics
from training.contract.stream import read_after
from training.engine.sampler import AskedRule
from training.engine.session import Session
from training.engine.tokens import end_token_ids
from training.evaluation.run import Subject, evaluate, terms_of
from training.models.generate import Sampled
from training.models.weights import parameter_count
from training.prompts.task_file import read_tasks

HELD_OUT = Path("work") / "held_out.parquet"


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
        model_dir: folder of the weights the run began with: its tokenizer and end tokens.
        tokenizer: the policy's.
        client: verl's client of the rollout servers.
        on_progress: called after each part of the positions.
    """

    def __init__(
        self, session: Session, model_dir: Path, tokenizer: Any, client: Any, on_progress: Callable[[], None]
    ) -> None:
        self._session = session
        self._tasks = read_tasks(session.run_dir / HELD_OUT).token_tasks
        end_ids = end_token_ids(model_dir)
        self._on_progress = on_progress
        self._subject = Subject(
            name=session.config.model.name,
            sampler=ServerSampler(client, end_ids),
            tokenizer=tokenizer,
            end_ids=end_ids,
            parameters=parameter_count(model_dir),
            weights_sha256="",  # these weights lie in no file
        )

    def at_start(self, step: int) -> None:
        """Evaluate the weights the attempt begins with, unless an earlier attempt has done so."""
        every = self._session.config.evaluation.every
        if step % every == 0 and step not in evaluated_steps(self._session.run_dir):
            self._session.emit(Metrics(step=step, values=dict(self.evaluate(step).metrics)))

    def evaluate(self, step: int) -> EvaluationResult:
        """Evaluate the weights after `step` steps; emits the event and returns what it holds."""
        config = self._session.config
        file = self._session.run_dir / "evaluations" / f"step_{step:06d}.parquet"
        result = evaluate(
            self._subject, self._tasks, terms_of(config), file, lambda done, total: self._on_progress()
        )
        self._session.emit(EvaluationDone(step=step, result=result))
        return result


def evaluated_steps(run_dir: Path) -> set[int]:
    """The steps whose evaluation is in a spool of the run."""
    return {
        line.event.step
        for spool in run_dir.glob("events.*.jsonl")
        for line in read_after(spool)
        if isinstance(line.event, EvaluationDone)
    }
