"""The reward of verifiable problems: is the box after the thought the right answer? (RPT 4.3, METHODS B8)

The last `\\boxed{}` of the answer counts, read as in RPT (`rewards/extract.py`). Other than there, a
response that opens no thought is read whole: models without a thinking mode reason before the box.
"""

from __future__ import annotations

from collections.abc import Sequence

from training.answers.equal import same_answer
from training.records import Reason, Reward
from training.rewards.extract import THINK_START, last_box, split_thought

RULE = "math-verify"


def check_answer(
    response: str, answer: str, *, truncated: bool, think_prefilled: bool, end_tokens: Sequence[str] = ()
) -> Reward:
    """Judge one response to a problem: 1 for the right answer, else 0 with the reason.

    Args:
        response: the decoded response, without the prompt.
        answer: the right answer as the data has it.
        truncated: the response was stopped by the token limit; it then earns nothing.
        think_prefilled: the prompt ended with `<think>`, so the response begins inside the thought.
        end_tokens: texts of the tokens that end a turn; cut off the end of the response.

    Returns:
        The reward: `match`, `mismatch`, or why there is no answer: `truncated`, which goes before all
        others, `no_think_end`, `no_box`, `unbalanced` (a box that nothing closes) or `empty`. A comparison
        may take seconds of processor time: an event loop asks in a thread.
    """
    prediction, reason, thought = read_box(
        response, truncated=truncated, think_prefilled=think_prefilled, end_tokens=end_tokens
    )
    if prediction is None or reason is not None:
        return Reward(0.0, reason or "no_box", _bytes(prediction), thought)
    right = same_answer(prediction, answer)
    return Reward(float(right), "match" if right else "mismatch", _bytes(prediction), thought)


def read_box(
    response: str, *, truncated: bool, think_prefilled: bool, end_tokens: Sequence[str] = ()
) -> tuple[str | None, Reason | None, str]:
    """What the last box of the answer holds, why it is no answer (None: it is one), and the thought."""
    thought, answer = split_thought(response, think_prefilled=think_prefilled, end_tokens=end_tokens)
    inside = think_prefilled or response.lstrip().startswith(THINK_START)
    if answer is None and inside:
        return None, "truncated" if truncated else "no_think_end", thought
    content, reason = last_box(thought if answer is None else answer, ends=not truncated)
    if content is not None and not content.strip():
        reason = "empty"
    return content, "truncated" if truncated else reason, thought


def _bytes(prediction: str | None) -> bytes | None:
    return None if prediction is None else prediction.encode("utf-8", "surrogatepass")
