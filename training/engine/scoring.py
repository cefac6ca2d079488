"""What a response to a next-token task is worth: from sampled tokens to a reward, in a run and in a probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from training.engine.tokens import decode
from training.records import Reward, Task
from training.rewards.dense import wants_probability
from training.rewards.first_token import InContext
from training.rewards.registry import find_rule, score_response


@dataclass(frozen=True, slots=True)
class Judged:
    """A response as text, with its reward."""

    response: str  # special tokens kept
    truncated: bool  # stopped by the token limit, not by an end token
    reward: Reward  # as far as the response alone decides it: a dense reward is the prefix rule's here
    first_id: int | None = None  # first token of the prediction in context; None: it has none
    first_token: bytes | None = None  # its bytes


@dataclass(frozen=True, slots=True)
class TokenJudge:
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
            first_bytes=lambda prediction: self._first(task, prediction)[1],
        )
        first = self._first(task, reward.prediction) if reward.prediction else (None, None)
        return Judged(response, truncated, reward, *first)

    def asks_policy(self, judged: Judged) -> bool:
        """Whether the reward waits for the policy's probability of `first_id` at the plain context."""
        return find_rule(self.rule).dense and judged.first_id is not None and wants_probability(judged.reward)

    def _first(self, task: Task, prediction: bytes) -> tuple[int | None, bytes | None]:
        table = _in_context(self.tokenizer)
        token = table.first_token(task.context, prediction)
        return token, None if token is None else table.bytes.bytes_of(token)


@lru_cache(maxsize=2)
def _in_context(tokenizer: Any) -> InContext:
    """Built once: a judge is made for every rollout, and the table walks the vocabulary."""
    return InContext(tokenizer)
