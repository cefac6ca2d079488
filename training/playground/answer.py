"""Reads a response and judges it as the run's reward does, where the truth is known."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from training.answers.check import check_answer, read_box
from training.contract.playground_events import TryAnswered
from training.playground.ask import Asked
from training.records import Reason
from training.rewards.extract import extract, split_thought
from training.rewards.prefix import prefix_reward
from training.rewards.tags import extract_segment


@dataclass(frozen=True, slots=True)
class Response:
    """One sampled response."""

    sample: int
    text: str  # decoded, special tokens kept
    tokens: int
    truncated: bool
    stopped: bool


def answered(number: int, asked: Asked, response: Response, end_tokens: Sequence[str]) -> TryAnswered:
    """The event of a whole response.

    A segment is not judged: whether it says what the truth says is a judge's verdict. The prediction of a
    response that was broken off is shown all the same.
    """
    prediction, reason, right = _judge(asked, response, end_tokens)
    thought, answer = split_thought(
        response.text, think_prefilled=asked.think_prefilled, end_tokens=end_tokens
    )
    if answer is None and not _thinks(asked, response):
        thought, answer = "", thought
    return TryAnswered(
        question=number,
        sample=response.sample,
        thought=thought,
        answer=answer or "",
        tokens=response.tokens,
        truncated=response.truncated,
        stopped=response.stopped,
        prediction_base64=None if prediction is None else base64.b64encode(prediction).decode("ascii"),
        reason=reason,
        right=right,
    )


def _thinks(asked: Asked, response: Response) -> bool:
    """Whether the response is inside a thought that nothing has ended."""
    return asked.think_prefilled or response.text.lstrip().startswith("<think>")


def _judge(
    asked: Asked, response: Response, end_tokens: Sequence[str]
) -> tuple[bytes | None, Reason | str, bool | None]:
    """Prediction, reason and verdict; the reason is "" where there is an answer that nothing is known of."""
    text, cut, prefilled = response.text, response.truncated, asked.think_prefilled
    if asked.kind == "chat":
        return None, "", None
    if asked.kind == "segment":
        segment = extract_segment(text, truncated=cut, think_prefilled=prefilled, end_tokens=end_tokens)
        return segment.prediction, segment.reason or "", None
    if asked.kind == "problem":
        return _problem(asked, response, end_tokens)
    found = extract(text, truncated=cut, think_prefilled=prefilled, end_tokens=end_tokens)
    if found.reason is not None or found.prediction is None:
        return found.prediction, found.reason or "no_box", False if asked.truth else None
    if not asked.truth:
        return found.prediction, "", None
    value, reason = prefix_reward(found.prediction, asked.truth, asked.boundaries)
    return found.prediction, reason, value > 0


def _problem(
    asked: Asked, response: Response, end_tokens: Sequence[str]
) -> tuple[bytes | None, Reason | str, bool | None]:
    text, cut, prefilled = response.text, response.truncated, asked.think_prefilled
    if asked.truth:
        reward = check_answer(
            text, asked.truth.decode(), truncated=cut, think_prefilled=prefilled, end_tokens=end_tokens
        )
        return reward.prediction, reward.reason, reward.value > 0
    content, reason, _ = read_box(text, truncated=cut, think_prefilled=prefilled, end_tokens=end_tokens)
    return None if content is None else content.encode("utf-8", "surrogatepass"), reason or "", None
