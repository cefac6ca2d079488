r"""Find the predicted segment in a response: what stands in the last pair of tags. Pure.

Only the response is read, never the prompt. How it is read (RLPT 3.2; the paper leaves the details open):

- Tags inside a thought do not count: what follows the last `</think>` is read. Where the prompt or the
  response itself opened `<think>` and nothing ends it, there is no answer. A response that opens no
  thought is read whole: models without a thinking mode reason before the tags.
- The last end tag that has a start tag before it closes the prediction, the last start tag before that
  opens it. So of several pairs the last one counts, of nested ones the inner one, and a pair is never
  given up for a stray tag after it.
- The content is taken whole; whitespace around it is stripped only for judging (`segment.py`).
- A truncated response earns nothing, whatever it holds. Its pair, if it has one, is still reported.
"""

from __future__ import annotations

from collections.abc import Sequence

from training.records import Reason
from training.rewards.extract import THINK_START, Extraction, split_thought

START = "<|startofprediction|>"
END = "<|endofprediction|>"


def extract_segment(
    response: str, *, truncated: bool, think_prefilled: bool, end_tokens: Sequence[str] = ()
) -> Extraction:
    """Read the predicted segment out of a response.

    Args:
        response: the decoded response, without the prompt.
        truncated: the response was stopped by the token limit.
        think_prefilled: the prompt ended with `<think>`, so the response begins inside the thought.
        end_tokens: texts of the tokens that end a turn, cut off the end of the response.

    Returns:
        The prediction, or the reason there is none: `no_think_end`, `no_prediction` (no complete pair),
        `empty` (whitespace alone), or `truncated`, which goes before all others.
    """
    thought, answer = split_thought(response, think_prefilled=think_prefilled, end_tokens=end_tokens)
    if answer is None and (think_prefilled or response.lstrip().startswith(THINK_START)):
        return Extraction(None, "truncated" if truncated else "no_think_end", thought)
    content = _last_pair(thought if answer is None else answer)
    reason: Reason | None = None
    if truncated:
        reason = "truncated"
    elif content is None:
        reason = "no_prediction"
    elif not content.strip():
        reason = "empty"
    prediction = None if content is None else content.encode("utf-8", "surrogatepass")
    return Extraction(prediction, reason, thought)


def tagged(text: str) -> str:
    """`text` between the tags, as a response writes it."""
    return f"{START}{text}{END}"


def _last_pair(answer: str) -> str | None:
    """Content of the last pair of tags; it holds no tag itself."""
    before, end, _ = answer.rpartition(END)
    _, start, content = before.rpartition(START)
    if end and start:
        return content.partition(END)[0]
    return None
