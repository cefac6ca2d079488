"""Judge stored responses again: rows of context, continuation and response in, rewards out.

Every input row gives one output row, in order; a row that cannot be judged gives a row that says
why. No model is run: the tokenizer alone is needed, for the boundaries.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from training.contract.errors import ForesightError
from training.models.token_bytes import TokenBytes, encode_document
from training.records import Reward
from training.rewards.registry import score_response

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class ResponseRow(BaseModel):
    """One response to judge. Other fields are ignored, so stored rows can be passed as they are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    context: StrictStr  # x_<t
    continuation: StrictStr = Field(min_length=1)  # x_>=t, up to any horizon
    response: StrictStr
    truncated: StrictBool = False
    think_prefilled: StrictBool = False


class RowError(Exception):
    """A row that cannot be judged."""


class Rescorer:
    """Judges rows with one rule and one tokenizer.

    Args:
        tokenizer: of the model that gave the responses; its tokens set the boundaries.
        rule: a name of `registry.RULES`.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, rule: str) -> None:
        self._tokenizer = tokenizer
        self._bytes = TokenBytes(tokenizer)
        self._rule = rule
        self._end_tokens = tuple(tokenizer.all_special_tokens)
        # The responses of a group follow each other and share their context.
        self._truth = lru_cache(maxsize=64)(self._find_truth)

    def rescore(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """One output row for each input line: `reward`, `prediction`, `reason`, or `error`.

        `prediction` is text, or null where there is none. A prediction that is no valid UTF-8 is
        null too, and `prediction_base64` holds its bytes.
        """
        for number, line in enumerate(lines, start=1):
            try:
                yield _output(self.score(_parse(line)))
            except RowError as error:
                yield {"error": f"line {number}: {error}"}

    def score(self, row: ResponseRow) -> Reward:
        """Judge one row. Raises RowError when its context and continuation give no boundaries."""
        truth, boundaries = self._truth(row.context, row.continuation)
        return score_response(
            self._rule,
            row.response,
            truncated=row.truncated,
            think_prefilled=row.think_prefilled,
            truth=truth,
            boundaries=boundaries,
            end_tokens=self._end_tokens,
        )

    def _find_truth(self, context: str, continuation: str) -> tuple[bytes, tuple[int, ...]]:
        """Tokenise both texts as the one document they are, and cut between tokens (METHODS A5)."""
        start = len(context.encode())
        try:
            encoded = encode_document(self._tokenizer, context + continuation, self._bytes)
        except ForesightError as error:
            raise RowError(error.message) from error
        ends = encoded.byte_ends
        at = bisect_left(ends, start) if start else -1
        if start and ends[at] != start:
            before = ends[at - 1] if at else 0
            raise RowError(
                f"the context does not end on a token boundary: it ends at byte {start}, inside the token "
                f"from byte {before} to {ends[at]}, {self._bytes.readable(encoded.ids[at])!r}"
            )
        return continuation.encode(), tuple(
            dict.fromkeys(end - start for end in ends[at + 1 :] if end > start)
        )


def _parse(line: bytes) -> ResponseRow:
    try:
        data = json.loads(line)
    except UnicodeDecodeError as error:
        raise RowError(f"not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise RowError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise RowError("not an object with context, continuation and response")
    try:
        row = ResponseRow.model_validate(data)
        (row.context + row.continuation).encode()
    except ValidationError as error:
        raise RowError(_sentence(error)) from error
    except UnicodeEncodeError as error:
        raise RowError("context or continuation holds half a surrogate pair, which is no text") from error
    return row


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    return f"field {name!r}: {'missing' if first['type'] == 'missing' else first['msg']}"


def _output(reward: Reward) -> dict[str, Any]:
    row: dict[str, Any] = {"reward": reward.value, "prediction": None, "reason": reward.reason}
    if reward.prediction is not None:
        try:
            row["prediction"] = reward.prediction.decode()
        except UnicodeDecodeError:
            row["prediction_base64"] = base64.b64encode(reward.prediction).decode("ascii")
    return row
