"""Every pair that was judged in an attempt, one JSON line each, for audit. Only ever appended to."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path

from training.judging.pair import Pair
from training.records import Verdict

logger = logging.getLogger(__name__)


def pairs_path(run_dir: Path, attempt: int) -> Path:
    """Where an attempt's pairs lie."""
    return run_dir / f"judged.{attempt}.jsonl"


class PairsFile:
    """Appends judged pairs. A disk that refuses is told of, and judging goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, pair: Pair, verdict: Verdict) -> None:
        """One line, written whole: several processes may append."""
        row = {
            "time": time.time(),
            "rule": pair.rule,
            "reference": pair.reference,
            "predicted": pair.predicted,
            "score": verdict.score,
            "reply": verdict.reply,
            "judge": verdict.judge,
            "cached": verdict.cached,
            "seconds": verdict.seconds,
        }
        line = (json.dumps(row) + "\n").encode()
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(file, line)
            finally:
                os.close(file)
        except OSError as error:
            logger.warning("A judged pair could not be written to %s: %s", self._path.name, error)
