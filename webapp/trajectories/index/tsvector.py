"""The text index in PostgreSQL: tables of tsvector with GIN. Their names are the caller's own constants.

Vectors are written out by hand: PostgreSQL's own parser would cut other words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from webapp.trajectories.index.words import Term

_WEIGHTS = "AB"  # of the two parts
_LAST_PLACE = 16383  # PostgreSQL knows no place beyond it
_PLACES = 255  # of one word that it keeps


class TsVector:
    def create(self, table: str, parts: tuple[str, str]) -> None:
        self._run(f"CREATE TABLE {table} (key bigint PRIMARY KEY, words tsvector NOT NULL)")
        self._run(f"CREATE INDEX {table}_gin ON {table} USING gin (words)")

    def drop(self, table: str) -> None:
        self._run(f"DROP TABLE IF EXISTS {table}")

    def add(
        self, table: str, parts: tuple[str, str], rows: Sequence[tuple[int, list[str], list[str]]]
    ) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (key, words) VALUES (%s, %s::tsvector)",
                [(key, _vector(one, other)) for key, one, other in rows],
            )

    def newest(
        self,
        table: str,
        parts: tuple[str, str],
        part: str,
        terms: Sequence[Term],
        low: int,
        high: int,
        limit: int,
    ) -> list[int]:
        return self._keys(
            f"SELECT key FROM {table} WHERE words @@ %s::tsquery AND key BETWEEN %s AND %s"
            " ORDER BY key DESC LIMIT %s",
            _query(parts, part, terms), low, high, limit,
        )  # fmt: skip

    def among(
        self, table: str, parts: tuple[str, str], part: str, terms: Sequence[Term], keys: Sequence[int]
    ) -> list[int]:
        return self._keys(
            f"SELECT key FROM {table} WHERE words @@ %s::tsquery AND key = ANY(%s)",
            _query(parts, part, terms), list(keys),
        )  # fmt: skip

    def _keys(self, statement: str, *values: Any) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [key for (key,) in cursor.fetchall()]

    def _run(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _vector(one: Sequence[str], other: Sequence[str]) -> str:
    """Words with their places, such as `'proton':3A,7B`; no phrase reaches from one part into the other."""
    places: dict[str, list[str]] = {}
    begin = 1
    for weight, words in zip(_WEIGHTS, (one, other), strict=True):
        for place, word in enumerate(words, start=begin):
            found = places.setdefault(word, [])
            if len(found) < _PLACES:
                found.append(f"{min(place, _LAST_PLACE)}{weight}")
        begin += len(words) + 1
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


def _query(parts: tuple[str, str], part: str, terms: Sequence[Term]) -> str:
    weight = _WEIGHTS[parts.index(part)] if part else ""
    return " & ".join(f"({_phrase(term, weight)})" for term in terms)


def _phrase(term: Term, weight: str) -> str:
    *first, last = (f"'{word}'" for word in term.words)
    mark = f"{weight}*" if term.prefix else weight
    one = f":{weight}" if weight else ""
    return " <-> ".join((*(f"{word}{one}" for word in first), f"{last}:{mark}" if mark else last))
