"""One rollout of one task, for vLLM and for the CPU rollout alike.

verl imports this module in its agent-loop workers (`model.external_lib`) and runs one loop per
response. The prompt is the task's own tokens, no chat template is applied here. The reward is
computed at once, by `training.rewards`; verl's graders are not used. Generation itself and the
update are verl's.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import (
    AgentLoopBase,
    AgentLoopMetrics,
    AgentLoopOutput,
    register,
)

from training.engine.overrides import AGENT_NAME
from training.engine.scoring import Judge, Judged
from training.engine.tokens import end_token_ids
from training.records import Task
from training.rewards.dense import dense_reward


@register(AGENT_NAME)
class NextTokenAgentLoop(AgentLoopBase):
    """Samples one response to a task and judges it."""

    def __init__(self, trainer_config: Any, server_manager: Any, tokenizer: Any, **_: object) -> None:
        # The base class would build verl's chat tokeniser for every rollout; prompts here are tokens.
        self.config = trainer_config.config
        self.server_manager = server_manager
        self.tokenizer = tokenizer
        self._settings = self.config.data.foresight
        self._limit = int(self.config.actor_rollout_ref.rollout.response_length)
        end_ids = end_token_ids(Path(self.config.actor_rollout_ref.model.path))
        self._judge = Judge(self._settings.reward, tokenizer, end_ids)

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Sample, judge and return one response.

        Args:
            sampling_params: verl's, at the rollout temperature.
            **row: the dataset's row (`task`) and verl's `session_id`, the sample's place in its group.

        Returns:
            The response with its reward, which the replay buffer may still settle by the group.
            `extra_fields` holds the reward's reason, the policy's probability that a dense reward asked
            for and, for the first sample of a group, the plain argmax at the context.
        """
        task: Task = row["task"]
        started = time.monotonic()
        output = await self._generate(task.prompt_ids, {**sampling_params, "max_tokens": self._limit})
        ids = list(output.token_ids)[: self._limit]
        argmax = await self._argmax(task, sampling_params) if row["session_id"] == 0 else None
        judged = self._judge.judge(task, ids)
        probability = await self._probability(task, judged, sampling_params)
        reward = dense_reward(judged.reward, probability)
        return AgentLoopOutput(
            prompt_ids=list(task.prompt_ids),
            response_ids=ids,
            response_mask=[1] * len(ids),
            response_logprobs=list(output.log_probs or [])[: len(ids)] or None,
            reward_score=reward.value,
            num_turns=2,
            metrics=AgentLoopMetrics(generate_sequences=time.monotonic() - started),
            extra_fields={
                **output.extra_fields,
                "argmax_id": argmax,
                "reason": reward.reason,
                "first_probability": probability,
            },
        )

    async def _argmax(self, task: Task, sampling_params: dict[str, Any]) -> int | None:
        """The most likely next token of the same weights at the plain context, without any thought."""
        if not self._settings.baselines:
            return None
        greedy = {**sampling_params, "temperature": 0.0, "top_p": 1.0, "top_k": -1, "max_tokens": 1}
        output = await self._generate(task.context_ids, greedy)
        return int(output.token_ids[0])

    async def _probability(self, task: Task, judged: Judged, sampling_params: dict[str, Any]) -> float | None:
        """p(first token of the prediction | plain context) of the weights that sampled, at temperature 1.

        Both servers give the log-probs of a prompt's own tokens before any temperature: the token is
        asked for as the end of the prompt. The last entry stands for what follows, the one before it for
        the token itself.
        """
        if not self._judge.asks_policy(judged) or judged.first_id is None:
            return None
        asked = {**sampling_params, "temperature": 0.0, "top_p": 1.0, "top_k": -1, "max_tokens": 1}
        output = await self._generate((*task.context_ids, judged.first_id), {**asked, "prompt_logprobs": 0})
        return math.exp(output.extra_fields["prompt_logprobs"][-2][0])

    async def _generate(self, prompt_ids: tuple[int, ...], sampling_params: dict[str, Any]) -> Any:
        return await self.server_manager.generate(
            request_id=uuid4().hex, prompt_ids=list(prompt_ids), sampling_params=sampling_params
        )
