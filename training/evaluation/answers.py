"""What a model answered at a position, and whether it was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.contract.evaluation_result import Mode
from training.prompts.build import next_token
from training.records import Reason, Task
from training.rewards.extract import extract
from training.rewards.prefix import prefix_reward


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, judged."""

    right: bool
    reason: Reason
    prediction: bytes | None  # None: no readable box
    response: str  # special tokens kept; in standard mode the token
    length: int  # tokens
    truncated: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A position and what was answered in one mode."""

    task: Task
    mode: Mode
    answers: tuple[Answer, ...]

    @property
    def right(self) -> int:
        return sum(answer.right for answer in self.answers)


def judge_token(task: Task, piece: bytes) -> Answer:
    """Standard mode: the most likely token is right when its bytes are the next token's."""
    right = piece == next_token(task)
    reason: Reason = "match" if right else "mismatch"
    return Answer(right, reason, piece, piece.decode("utf-8", "backslashreplace"), 1, truncated=False)


def judge_response(
    task: Task, response: str, *, length: int, truncated: bool, end_tokens: Sequence[str]
) -> Answer:
    """Reasoning mode: the box after the thought, by the prefix rule (RPT Eq. 3), whatever a run is rewarded by.

    Args:
        task: the position.
        response: the decoded response, special tokens kept.
        length: its tokens, the end token counted.
        truncated: it was stopped by the token limit; it is then wrong.
        end_tokens: texts of the tokens that end a turn.
    """
    found = extract(
        response, truncated=truncated, think_prefilled=task.think_prefilled, end_tokens=end_tokens
    )
    if found.reason is not None or found.prediction is None:
        return Answer(False, found.reason or "no_box", found.prediction, response, length, truncated)
    value, reason = prefix_reward(found.prediction, task.truth, task.boundaries)
    return Answer(value > 0, reason, found.prediction, response, length, truncated)
