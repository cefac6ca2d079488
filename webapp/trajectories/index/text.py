"""The full-text index of rollouts: an inverted index in the database, without the texts themselves.

SQLite has two contentless FTS5 tables, PostgreSQL two tables of tsvector with GIN. Rows are named by the keys of
their group or rollout; a row whose rollout is gone is found by nobody, for keys are not used twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection

from webapp.trajectories.index.fts5 import Fts5
from webapp.trajectories.index.tsvector import TsVector
from webapp.trajectories.index.words import Term, words_of


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of text: a table, and the two parts of each of its rows."""

    table: str
    parts: tuple[str, str]


GROUPS = Shelf("trajectories_group_words", ("context", "truth"))
ROLLOUTS = Shelf("trajectories_rollout_words", ("prediction", "response"))
SHELVES = (GROUPS, ROLLOUTS)


@dataclass(frozen=True, slots=True)
class Entry:
    """The texts of one group or rollout, in the order of its shelf's parts."""

    key: int
    texts: tuple[str, str]


class Store(Protocol):
    """What a database must be able to do. `part`: "" for both parts."""

    def create(self, table: str, parts: tuple[str, str]) -> None: ...

    def drop(self, table: str) -> None: ...

    def add(
        self, table: str, parts: tuple[str, str], rows: Sequence[tuple[int, list[str], list[str]]]
    ) -> None: ...

    def newest(
        self,
        table: str,
        parts: tuple[str, str],
        part: str,
        terms: Sequence[Term],
        low: int,
        high: int,
        limit: int,
    ) -> list[int]: ...

    def among(
        self, table: str, parts: tuple[str, str], part: str, terms: Sequence[Term], keys: Sequence[int]
    ) -> list[int]: ...


def store() -> Store:
    """That of the database in use."""
    return TsVector() if connection.vendor == "postgresql" else Fts5()


def create() -> None:
    for shelf in SHELVES:
        store().create(shelf.table, shelf.parts)


def drop() -> None:
    for shelf in SHELVES:
        store().drop(shelf.table)


def add(shelf: Shelf, entries: Iterable[Entry]) -> None:
    """Index texts whose keys are not in it yet."""
    rows = [(entry.key, words_of(entry.texts[0]), words_of(entry.texts[1])) for entry in entries]
    if rows:
        store().add(shelf.table, shelf.parts, rows)


def newest(shelf: Shelf, terms: Sequence[Term], low: int, high: int, limit: int, part: str = "") -> list[int]:
    """Keys between `low` and `high` (both included) whose texts hold all terms, the largest first."""
    return store().newest(shelf.table, shelf.parts, part, terms, low, high, limit)


def among(shelf: Shelf, terms: Sequence[Term], keys: Sequence[int], part: str = "") -> set[int]:
    """Those of `keys` whose texts hold all terms."""
    return set(store().among(shelf.table, shelf.parts, part, terms, keys)) if keys else set()
