"""Verdicts that were given before, by what they depend on: one SQLite file for all runs of a home.

Several processes may read and write it at once. It only saves work: where it cannot be written, judging
goes on without.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.pair import Pair
from training.judging.prompt import version
from training.records import Verdict

logger = logging.getLogger(__name__)

CACHE_FILE = Path("cache") / "judge.sqlite"
_WAIT = 30.0  # s for another process that writes
_ASKED_TOGETHER = 500  # SQLite takes so many parameters, also where it is old
_TABLE = (
    "CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, score INTEGER, reply TEXT NOT NULL, "
    "judge TEXT NOT NULL, time REAL NOT NULL) WITHOUT ROWID"
)


def verdict_key(identity: str, config: JudgeConfig, pair: Pair) -> str:
    """Names everything a verdict depends on: judge, decoding, the prompt's text, the pair."""
    parts = (
        identity,
        config.temperature,
        config.max_reply_tokens,
        version(pair.rule),
        pair.rule,
        pair.reference,
        pair.predicted,
    )
    return sha256(json.dumps(parts).encode()).hexdigest()


class VerdictCache:
    """The file, opened. Raises ForesightError where it is no cache or cannot be opened."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")
            self._file.execute(_TABLE)
        except (sqlite3.Error, OSError) as error:
            raise ForesightError(
                f"The cache of verdicts {path} cannot be opened: {error}.",
                field="judge",
                remedy="Delete the file, or make room for it: verdicts are then asked for again.",
            ) from error

    def find(self, keys: Sequence[str]) -> dict[str, Verdict]:
        """The known ones among `keys`, marked as cached."""
        found: dict[str, Verdict] = {}
        with _told("read"):
            for start in range(0, len(keys), _ASKED_TOGETHER):
                part = keys[start : start + _ASKED_TOGETHER]
                places = ",".join("?" * len(part))
                rows = self._file.execute(
                    f"SELECT key, score, reply, judge FROM verdicts WHERE key IN ({places})", part
                )
                found |= {key: Verdict(score, reply, judge, True, 0.0) for key, score, reply, judge in rows}
        return found

    def keep(self, key: str, verdict: Verdict) -> None:
        """Remember a verdict; the first one for a key stays."""
        with _told("written"):
            self._file.execute(
                "INSERT OR IGNORE INTO verdicts VALUES (?, ?, ?, ?, ?)",
                (key, verdict.score, verdict.reply, verdict.judge, time.time()),
            )


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        logger.warning("The cache of verdicts could not be %s: %s", what, error)
