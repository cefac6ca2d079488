"""What a response is worth: the one way from sampled tokens to a reward, in the rollout and on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.engine.tokens import decode
from training.records import Reward, Task
from training.rewards.registry import score_response


@dataclass(frozen=True, slots=True)
class Judged:
    """A response as text, with its reward."""

    response: str  # special tokens kept
    truncated: bool  # stopped by the token limit, not by an end token
    reward: Reward


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns response tokens into a reward under one rule."""

    rule: str  # a name of training.rewards.registry.RULES
    tokenizer: Any
    end_ids: tuple[int, ...]  # the tokens that end a response

    def judge(self, task: Task, response_ids: Sequence[int]) -> Judged:
        """Decode and score one response to `task`. Pure: the same tokens give the same reward."""
        truncated = not response_ids or response_ids[-1] not in self.end_ids
        response = decode(self.tokenizer, response_ids)
        reward = score_response(
            self.rule,
            response,
            truncated=truncated,
            think_prefilled=task.think_prefilled,
            truth=task.truth,
            boundaries=task.boundaries,
            end_tokens=[decode(self.tokenizer, [token]) for token in self.end_ids],
        )
        return Judged(response, truncated, reward)
