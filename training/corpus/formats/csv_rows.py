"""csv: a header row with the fields' names, then one row each; commas, and quotes as RFC 4180 has them.

A quoted cell may hold line breaks. A row is named by the line it begins on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from training.contract.errors import ForesightError
from training.corpus.lines import text_lines
from training.corpus.mapping import Row
from training.corpus.refuse import bad_corpus


class _Lines:
    """The file's lines for the csv reader, counted."""

    def __init__(self, stream: BinaryIO, name: str, limit: int) -> None:
        self._lines = text_lines(stream, name, limit)
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        return line


def read_csv(stream: BinaryIO, name: str, limit: int) -> Iterator[Row]:
    """The file's rows; no cell of more than `limit` characters.

    Raises ForesightError, field `data.corpus`, that names the line at fault.
    """
    before = csv.field_size_limit(limit)
    try:
        yield from _rows(_Lines(stream, name, limit), name)
    finally:
        csv.field_size_limit(before)


def _rows(lines: _Lines, name: str) -> Iterator[Row]:
    reader = csv.reader(lines, strict=True)
    header: list[str] = []
    while True:
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise bad_corpus(
                f"{name}, line {start}: not valid CSV ({error}).",
                'Put text that holds commas, quotes or line breaks in quotes, and write a quote as "".',
            ) from error
        if not cells:
            continue
        if not header:
            header = _header(cells, start, name)
        elif len(cells) != len(header):
            raise _ragged(name, start, len(cells), len(header))
        else:
            yield Row(f"line {start}", dict(zip(header, cells, strict=True)))


def _header(cells: list[str], line: int, name: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise bad_corpus(
            f"{name}, line {line}: the header names {twice!r} twice.", "Give each column a name of its own."
        )
    return names


def _ragged(name: str, line: int, cells: int, columns: int) -> ForesightError:
    return bad_corpus(
        f"{name}, line {line}: {cells} cells, but the header has {columns}.",
        "Put text that holds commas in quotes.",
    )
