"""The rewards by name, and the one call that judges a response. Adding a rule is one file and one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.contract.errors import ForesightError
from training.records import Reason, Reward
from training.rewards.conditional_dense import conditional_dense
from training.rewards.extract import extract
from training.rewards.first_token import first_token_reward
from training.rewards.prefix import prefix_reward

FirstBytes = Callable[[bytes], bytes | None]
"""A prediction -> the bytes of its first token in context (`first_token.InContext`); None: it has none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a reward."""

    first_token: bool = False  # judged by the first token alone, else by the prefix rule (RPT Eq. 3)
    dense: bool = False  # a wrong prediction earns the policy's probability of its first token
    conditional: bool = False  # ... only where some rollout of the group is right


RULES: dict[str, Rule] = {
    "prefix": Rule(),
    "first_token": Rule(first_token=True),
    "dense": Rule(dense=True),
    "conditional_dense": Rule(dense=True, conditional=True),
}


def find_rule(name: str) -> Rule:
    """The rule of that name. Raises ForesightError with the known ones."""
    if name not in RULES:
        raise ForesightError(
            f"There is no reward {name!r}.",
            field="method.reward",
            remedy=f"Choose one of: {', '.join(RULES)}.",
        )
    return RULES[name]


def score_response(
    rule: str,
    response: str,
    *,
    truncated: bool,
    think_prefilled: bool,
    truth: bytes,
    boundaries: Sequence[int],
    end_tokens: Sequence[str] = (),
    first_bytes: FirstBytes | None = None,
) -> Reward:
    """Judge one response, as far as it can be judged alone.

    The dense rules begin with the prefix rule's reward; `dense.dense_reward` adds the policy's
    probability and `settle_group` looks at the group.

    Args:
        rule: a name of `RULES`.
        response: the decoded response, without the prompt.
        truncated: it was stopped by the token limit; it then earns nothing.
        think_prefilled: the prompt itself opened `<think>`.
        truth: bytes of the true continuation, up to the horizon.
        boundaries: cumulative byte lengths of the continuation's own tokens, rising.
        end_tokens: texts of the tokens that end a turn; cut off the end of the response.
        first_bytes: needed by `first_token` alone.

    Raises:
        ForesightError: there is no such rule.
        ValueError: the rule needs `first_bytes`.
    """
    kind = find_rule(rule)
    found = extract(response, truncated=truncated, think_prefilled=think_prefilled, end_tokens=end_tokens)
    if found.reason is not None or found.prediction is None:
        return Reward(0.0, found.reason or "no_box", found.prediction, found.thought)
    value, reason = _judge(kind, found.prediction, truth, boundaries, first_bytes)
    return Reward(value, reason, found.prediction, found.thought)


def settle_group(rule: str, group: Sequence[Reward]) -> tuple[Reward, ...]:
    """The rewards of a whole group, once all of its rollouts are judged."""
    return conditional_dense(group) if find_rule(rule).conditional else tuple(group)


def _judge(
    rule: Rule, prediction: bytes, truth: bytes, boundaries: Sequence[int], first_bytes: FirstBytes | None
) -> tuple[float, Reason]:
    if not rule.first_token:
        return prefix_reward(prediction, truth, boundaries)
    if first_bytes is None:
        raise ValueError("the reward first_token needs the prediction's first token in context")
    return first_token_reward(prediction, first_bytes(prediction), truth, boundaries)
