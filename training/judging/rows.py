"""Pairs of a jsonl file and their verdicts, row by row."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from training.judging.judge import Judge
from training.judging.pair import Pair, Rule


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    reference: str
    predicted: str
    rule: Literal["prefix", "strict"] | None = None
    score: Literal[0, 1] | None = None  # the right verdict, where it is known


@dataclass(frozen=True, slots=True)
class _Asked:
    pair: Pair
    known: int | None  # the right verdict; None: not known


async def judged_rows(
    lines: Iterable[bytes], judge: Judge, rule: Rule, together: int
) -> AsyncIterator[dict[str, Any]]:
    """One output row for each line: `score`, `reply`, `judge`, `cached` (and `known`), or `error`.

    Args:
        lines: jsonl rows `{reference, predicted[, rule][, score]}`; `score` is the right verdict, and becomes `known`.
        judge: who is asked.
        rule: of rows that name none.
        together: pairs that are asked in one call.

    Raises what the judge raises.
    """
    numbered = enumerate(lines, start=1)
    while part := list(islice(numbered, together)):
        read = [_read(number, line, rule) for number, line in part]
        verdicts = iter(await judge.verdicts([one.pair for one in read if isinstance(one, _Asked)]))
        for one in read:
            if isinstance(one, str):
                yield {"error": one}
            else:
                found = next(verdicts)
                row = {
                    "score": found.score,
                    "reply": found.reply,
                    "judge": found.judge,
                    "cached": found.cached,
                }
                yield row if one.known is None else {**row, "known": one.known}


def _read(number: int, line: bytes, rule: Rule) -> _Asked | str:
    """A row's pair, or what is wrong with it."""
    try:
        data = json.loads(line)
        row = _Row.model_validate(data)
        (row.reference + row.predicted).encode()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        said = "missing" if first["type"] == "missing" else first["msg"]
        return f"line {number}: field {name!r}: {said}" if name else f"line {number}: {said}"
    except UnicodeEncodeError:
        return f"line {number}: half a surrogate pair, which is no text"
    except (ValueError, RecursionError) as error:
        return f"line {number}: not JSON: {error}"
    return _Asked(Pair(row.rule or rule, row.reference.strip(), row.predicted.strip()), row.score)
