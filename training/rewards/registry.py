"""The rewards by name, and the one call that judges a response. Adding a rule is one file and one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.contract.errors import ForesightError
from training.records import Reason, Reward
from training.rewards.extract import extract
from training.rewards.prefix import prefix_reward

Rule = Callable[[bytes, bytes, Sequence[int]], tuple[float, Reason]]
"""(prediction, truth, boundaries) -> (reward, reason)."""

RULES: dict[str, Rule] = {
    "prefix": prefix_reward,
}


def score_response(
    rule: str,
    response: str,
    *,
    truncated: bool,
    think_prefilled: bool,
    truth: bytes,
    boundaries: Sequence[int],
    end_tokens: Sequence[str] = (),
) -> Reward:
    """Judge one response.

    Args:
        rule: a name of `RULES`.
        response: the decoded response, without the prompt.
        truncated: it was stopped by the token limit; it then earns nothing.
        think_prefilled: the prompt itself opened `<think>`.
        truth: bytes of the true continuation, up to the horizon.
        boundaries: cumulative byte lengths of the continuation's own tokens, rising.
        end_tokens: texts of the tokens that end a turn; cut off the end of the response.

    Raises:
        ForesightError: there is no such rule.
    """
    if rule not in RULES:
        raise ForesightError(
            f"There is no reward {rule!r}.",
            field="method.reward",
            remedy=f"Choose one of: {', '.join(RULES)}.",
        )
    found = extract(response, truncated=truncated, think_prefilled=think_prefilled, end_tokens=end_tokens)
    if found.reason is not None or found.prediction is None:
        return Reward(0.0, found.reason or "no_box", found.prediction, found.thought)
    value, reason = RULES[rule](found.prediction, truth, boundaries)
    return Reward(value, reason, found.prediction, found.thought)
