"""jsonl: one JSON object on each line; empty lines are nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from training.corpus.lines import text_lines
from training.corpus.mapping import Row
from training.corpus.refuse import bad_corpus


def read_jsonl(stream: BinaryIO, name: str, limit: int) -> Iterator[Row]:
    """The file's rows. Raises ForesightError, field `data.corpus`, that names the line at fault."""
    for number, line in text_lines(stream, name, limit):
        if line.strip():
            yield Row(f"line {number}", _parse(line, number, name))


def _parse(line: str, number: int, name: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        what = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "too deep"
        raise bad_corpus(
            f"{name}, line {number}: not valid JSON ({what}).", "Write one JSON object on each line."
        ) from error
    if not isinstance(row, dict):
        raise bad_corpus(
            f"{name}, line {number}: a JSON {type(row).__name__}, not an object.",
            'Write one JSON object on each line, as {"text": "..."}.',
        )
    return row
