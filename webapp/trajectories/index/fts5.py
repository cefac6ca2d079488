"""The text index in SQLite: contentless FTS5 tables. Their names and columns are the caller's own constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from webapp.trajectories.index.words import Term


class Fts5:
    def create(self, table: str, parts: tuple[str, str]) -> None:
        # Words come cut and folded: every character that is no ASCII sign is a part of one.
        columns = ", ".join(parts)
        self._run(f"CREATE VIRTUAL TABLE {table} USING fts5({columns}, content='', tokenize='ascii')")

    def drop(self, table: str) -> None:
        self._run(f"DROP TABLE IF EXISTS {table}")

    def add(
        self, table: str, parts: tuple[str, str], rows: Sequence[tuple[int, list[str], list[str]]]
    ) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (rowid, {', '.join(parts)}) VALUES (%s, %s, %s)",
                [(key, " ".join(one), " ".join(other)) for key, one, other in rows],
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
            f"SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid BETWEEN %s AND %s"
            " ORDER BY rowid DESC LIMIT %s",
            _expression(part, terms), low, high, limit,
        )  # fmt: skip

    def among(
        self, table: str, parts: tuple[str, str], part: str, terms: Sequence[Term], keys: Sequence[int]
    ) -> list[int]:
        places = ", ".join(["%s"] * len(keys))
        return self._keys(
            # With the plus the matches are read once and looked up among the keys, not one search for each key.
            f"SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid BETWEEN %s AND %s AND +rowid IN ({places})",
            _expression(part, terms), min(keys), max(keys), *keys,
        )  # fmt: skip

    def _keys(self, statement: str, *values: Any) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [key for (key,) in cursor.fetchall()]

    def _run(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _expression(part: str, terms: Sequence[Term]) -> str:
    """FTS5's own query: phrases in quotes, which hold letters and digits alone."""
    phrases = (f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in terms)
    whole = " AND ".join(phrases)
    return f"{{{part}}} : ({whole})" if part else whole
