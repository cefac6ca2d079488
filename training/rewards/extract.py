r"""Find the prediction in a response: the content of the last `\boxed{}` after the thought.

Pure text work on the response alone; the prompt is never looked at. Whether the prediction is
right is not decided here (`prefix.py`).

How a box is read (RPT 3.3; the paper leaves the details open):

- The thought ends at the last `</think>`. A response without one has no answer.
- The last `\boxed{` after the thought is the answer, even where an earlier one is well formed.
- The box closes at the brace that balances its own. A backslash escapes the character after it,
  so `\boxed{\{}` holds `\{`. The content is taken whole and is never stripped.
- `{`, `}` and a lone `\` cannot be written so. Where the box ends the response, it may therefore be
  read up to the rightmost `}`: `\boxed{{}`, `\boxed{}}` and `\boxed{\}` hold `{`, `}` and `\`. A brace
  that closes a group opened before the box, as in `{\boxed{x}}`, is not part of it.
- A truncated response earns nothing, whatever it holds: it did not end by itself. Its box, if it
  has a complete one, is still reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.records import Reason

THINK_START = "<think>"
THINK_END = "</think>"
_BOX = "\\boxed{"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a response says."""

    prediction: bytes | None  # UTF-8 content of the box, never stripped; None: no readable box
    reason: Reason | None  # why the response earns nothing; None: the prediction is to be judged
    thought: str  # the response before its last </think> (all of it when there is none)


def extract(
    response: str, *, truncated: bool, think_prefilled: bool, end_tokens: Sequence[str] = ()
) -> Extraction:
    """Read the prediction out of a response.

    Args:
        response: the decoded response, without the prompt.
        truncated: the response was stopped by the token limit.
        think_prefilled: the prompt ended with `<think>`, so the response begins inside the thought.
            Otherwise a `<think>` that opens the response is not part of the thought.
        end_tokens: texts of the tokens that end a turn. Those at the very end of the response are
            cut off before it is read; anywhere else they are text.

    Returns:
        The prediction, or the reason there is none: `no_think_end`, `no_box`, `unbalanced`,
        `empty`, or `truncated`, which goes before all others.
    """
    thought, answer = split_thought(response, think_prefilled=think_prefilled, end_tokens=end_tokens)
    if answer is None:
        return Extraction(None, "truncated" if truncated else "no_think_end", thought)
    content, reason = last_box(answer, ends=not truncated)
    prediction = None if content is None else content.encode("utf-8", "surrogatepass")
    return Extraction(prediction, "truncated" if truncated else reason, thought)


def split_thought(
    response: str, *, think_prefilled: bool, end_tokens: Sequence[str] = ()
) -> tuple[str, str | None]:
    """The thought and the answer after it; None for the answer where no `</think>` ends a thought.

    The arguments are those of `extract`. The thought is all of the response where nothing ends it.
    """
    text = _without_end_tokens(response, end_tokens)
    thought, end, answer = text.rpartition(THINK_END)
    if not end:
        thought = text
    if not think_prefilled and thought.lstrip().startswith(THINK_START):
        thought = thought.lstrip().removeprefix(THINK_START)
    return thought, answer if end else None


def boxed(text: str) -> str:
    r"""`text` inside a box, as a response writes it."""
    return f"{_BOX}{text}}}"


def writable_in_box(text: str) -> bool:
    """Whether a box holds `text` wherever it stands, so without the rightmost-`}` reading."""
    response = f"{THINK_END}{boxed(text)}."
    found = extract(response, truncated=False, think_prefilled=True)
    return found.prediction == text.encode("utf-8", "surrogatepass")


def _without_end_tokens(response: str, end_tokens: Sequence[str]) -> str:
    ends = tuple(token for token in end_tokens if token)
    while ends and response.endswith(ends):
        response = response.removesuffix(next(token for token in ends if response.endswith(token)))
    return response


def last_box(answer: str, *, ends: bool) -> tuple[str | None, Reason | None]:
    """Content of the last box in `answer`. `ends`: the answer ended by itself."""
    start = answer.rfind(_BOX)
    if start < 0:
        return None, "no_box"
    body = answer[start + len(_BOX) :]
    close = _closing_brace(body)
    rest = body[close + 1 :] if close is not None else body
    if ends and rest.rstrip().endswith("}") and (close is None or _only_stray(answer[:start], rest)):
        close = body.rindex("}")
    if close is None:
        return None, "unbalanced"
    return body[:close], None if close else "empty"


def _closing_brace(body: str) -> int | None:
    """Index of the brace that closes the group `body` begins inside of; None: nothing closes it."""
    depth, skip = 1, False
    for index, char in enumerate(body):
        if skip:
            skip = False
        elif char == "\\":
            skip = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return index
    return None


def _only_stray(before: str, rest: str) -> bool:
    """Whether `rest` is closing braces alone and none of them closes a group that `before` opened."""
    return set(rest.rstrip()) == {"}"} and before.count("{") <= before.count("}")
