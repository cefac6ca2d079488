"""One rollout of one task, for vLLM and for the CPU rollout alike.

verl imports this module in its agent-loop workers (`model.external_lib`) and runs one loop per
response. The prompt is the task's own tokens, no chat template is applied here. The response is
judged at once, by the run's method; verl's graders are not used. Generation itself and the update
are verl's.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import (
    AgentLoopBase,
    AgentLoopMetrics,
    AgentLoopOutput,
    register,
)

from training.engine.judge_server import ask_through
from training.engine.methods.base import Bench, Method
from training.engine.methods.registry import open_method
from training.engine.overrides import AGENT_NAME, CPU_ROLLOUT, carried_experiment
from training.engine.tokens import end_token_ids
from training.records import AnyTask


@register(AGENT_NAME)
class TaskAgentLoop(AgentLoopBase):
    """Samples one response to a task and judges it."""

    def __init__(self, trainer_config: Any, server_manager: Any, tokenizer: Any, **_: object) -> None:
        # The base class would build verl's chat tokeniser for every rollout; prompts here are tokens.
        self.config = trainer_config.config
        self.server_manager = server_manager
        self.tokenizer = tokenizer
        settings = self.config.data.foresight
        self._limit = int(self.config.actor_rollout_ref.rollout.response_length)
        folder = str(self.config.actor_rollout_ref.model.path)
        self._method = _method_of(settings.experiment, settings.judge, folder, tokenizer)

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Sample, judge and return one response.

        Args:
            sampling_params: verl's, at the rollout temperature.
            **row: the dataset's row (`task`, `index`) and verl's `session_id`, the sample's place in its group.

        Returns:
            The response with its reward, which the replay buffer may still settle by the group.
            `extra_fields` holds its `outcome`.
        """
        task: AnyTask = row["task"]
        started = time.monotonic()
        policy = _ServedPolicy(self.server_manager, sampling_params)
        seed = self._seed(int(row["index"]), int(row["session_id"]))
        output = await policy.generate(task.prompt_ids, max_tokens=self._limit, **seed)
        ids = list(output.token_ids)[: self._limit]
        outcome = await self._method.judge(task, ids, first=row["session_id"] == 0, policy=policy)
        return AgentLoopOutput(
            prompt_ids=list(task.prompt_ids),
            response_ids=ids,
            response_mask=[1] * len(ids),
            response_logprobs=list(output.log_probs or [])[: len(ids)] or None,
            reward_score=outcome.reward.value,
            num_turns=2,
            metrics=AgentLoopMetrics(generate_sequences=time.monotonic() - started),
            extra_fields={**output.extra_fields, "outcome": outcome.plain()},
        )

    def _seed(self, row: int, sample: int) -> dict[str, int]:
        """On the CPU each response draws from a stream of its own, so that it does not matter when it is asked.

        vLLM has a stream of its own for all of them: seeds for each slow it down.
        """
        rollout = self.config.actor_rollout_ref.rollout
        if rollout.name != CPU_ROLLOUT:
            return {}
        digest = hashlib.blake2b(f"{rollout.seed} {row} {sample}".encode(), digest_size=7).digest()
        return {"seed": int.from_bytes(digest)}


class _ServedPolicy:
    """The weights of the rollout servers. Greedy questions draw nothing from the rollouts' stream."""

    def __init__(self, servers: Any, sampling_params: dict[str, Any]) -> None:
        self._servers = servers
        self._sampling_params = sampling_params

    async def argmax(self, prompt_ids: Sequence[int]) -> int:
        output = await self.generate(prompt_ids, **_GREEDY)
        return int(output.token_ids[0])

    async def probability(self, prompt_ids: Sequence[int], token: int) -> float:
        """p(token | prompt) at temperature 1.

        Both servers give the log-probs of a prompt's own tokens before any temperature: the token is
        asked for as the end of the prompt. The last entry stands for what follows, the one before it for
        the token itself.
        """
        output = await self.generate((*prompt_ids, token), **_GREEDY, prompt_logprobs=0)
        return math.exp(output.extra_fields["prompt_logprobs"][-2][0])

    async def generate(self, prompt_ids: Sequence[int], **changes: Any) -> Any:
        return await self._servers.generate(
            request_id=uuid4().hex,
            prompt_ids=list(prompt_ids),
            sampling_params={**self._sampling_params, **changes},
        )


_GREEDY: dict[str, Any] = {"temperature": 0.0, "top_p": 1.0, "top_k": -1, "max_tokens": 1}


@lru_cache(maxsize=2)
def _method_of(experiment: str, judge: str, model_dir: str, tokenizer: Any) -> Method[Any]:
    """Made once a worker: verl makes a loop for every rollout."""
    import ray

    ask = ask_through(ray.get_actor(judge)) if judge else None
    ends = end_token_ids(Path(model_dir))
    return open_method(Bench(carried_experiment(experiment), tokenizer, ends, ask))
