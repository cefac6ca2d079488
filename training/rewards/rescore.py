"""Judge stored responses again: rows of context, continuation and response in, rewards out.

Every input row gives one output row, in order; a row that cannot be judged gives a row that says
why. For `prefix` and `first_token` no model is run: the tokenizer alone is needed. The dense rules ask a
model for the probability of a wrong prediction's first token.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from training.contract.errors import ForesightError
from training.models.token_bytes import TokenBytes, encode_document
from training.records import Reward
from training.rewards.dense import dense_reward, wants_probability
from training.rewards.first_token import InContext
from training.rewards.registry import find_rule, score_response, settle_group

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
    group: StrictStr | StrictInt | None = None
    """Names the group where the same context was asked several times. Rows of one group share it, the
    context and the continuation."""


Probability = Callable[[tuple[int, ...], int], float]
"""(tokens of the plain context, token) -> the model's probability of that token next."""


_GroupKey = tuple[str | int | None, str, str]


@dataclass(frozen=True, slots=True)
class _Truth:
    """What a row is judged against."""

    truth: bytes
    boundaries: tuple[int, ...]
    context_ids: tuple[int, ...]


class RowError(Exception):
    """A row that cannot be judged."""


class Rescorer:
    """Judges rows with one rule and one tokenizer.

    Args:
        tokenizer: of the model that gave the responses; its tokens set the boundaries.
        rule: a name of `registry.RULES`.
        probability: asks the model; needed by the dense rules alone.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, rule: str, probability: Probability | None = None
    ) -> None:
        if find_rule(rule).dense and probability is None:
            raise ValueError(f"the reward {rule} needs a model")
        self._tokenizer = tokenizer
        self._bytes = TokenBytes(tokenizer)
        self._in_context = InContext(tokenizer, self._bytes)
        self._probability = probability and lru_cache(maxsize=256)(probability)
        self._rule = rule
        self._end_tokens = tuple(tokenizer.all_special_tokens)
        # The responses of a group follow each other and share their context.
        self._truth = lru_cache(maxsize=64)(self._find_truth)

    def rescore(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """One output row for each input line: `reward`, `prediction`, `reason`, or `error`.

        `prediction` is text, or null where there is none. A prediction that is no valid UTF-8 is
        null too, and `prediction_base64` holds its bytes. A rule that looks at whole groups reads all
        lines before the first row comes out.
        """
        judged = self._judged(lines)
        for one in self._settled(judged) if find_rule(self._rule).conditional else judged:
            yield {"error": one} if isinstance(one, str) else _output(one[1])

    def score(self, row: ResponseRow) -> Reward:
        """Judge one row on its own. Raises RowError when context and continuation give no boundaries."""
        against = self._truth(row.context, row.continuation)
        reward = score_response(
            self._rule,
            row.response,
            truncated=row.truncated,
            think_prefilled=row.think_prefilled,
            truth=against.truth,
            boundaries=against.boundaries,
            end_tokens=self._end_tokens,
            first_bytes=lambda prediction: self._first_bytes(row.context, prediction),
        )
        return dense_reward(reward, self._ask(row, against, reward))

    def _judged(self, lines: Iterable[bytes]) -> Iterator[tuple[_GroupKey, Reward] | str]:
        """Each row's group and reward, or what is wrong with it."""
        for number, line in enumerate(lines, start=1):
            try:
                row = _parse(line)
                yield (row.group, row.context, row.continuation), self.score(row)
            except RowError as error:
                yield f"line {number}: {error}"

    def _settled(
        self, judged: Iterable[tuple[_GroupKey, Reward] | str]
    ) -> Iterator[tuple[_GroupKey, Reward] | str]:
        rows = list(judged)
        members: dict[_GroupKey, list[Reward]] = {}
        for row in rows:
            if not isinstance(row, str):
                members.setdefault(row[0], []).append(row[1])
        settled = {key: iter(settle_group(self._rule, group)) for key, group in members.items()}
        return (row if isinstance(row, str) else (row[0], next(settled[row[0]])) for row in rows)

    def _ask(self, row: ResponseRow, against: _Truth, reward: Reward) -> float | None:
        """The model's probability of the prediction's first token, where the rule wants it."""
        if self._probability is None or reward.prediction is None or not wants_probability(reward):
            return None
        token = self._in_context.first_token(row.context, reward.prediction)
        if token is None or not against.context_ids:
            return None
        return self._probability(against.context_ids, token)

    def _first_bytes(self, context: str, prediction: bytes) -> bytes | None:
        token = self._in_context.first_token(context, prediction)
        return None if token is None else self._bytes.bytes_of(token)

    def _find_truth(self, context: str, continuation: str) -> _Truth:
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
        return _Truth(
            continuation.encode(),
            tuple(dict.fromkeys(end - start for end in ends[at + 1 :] if end > start)),
            encoded.ids[: at + 1],
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
