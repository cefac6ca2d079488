"""The responses of a step whose judge went down, kept for people to read: work/unjudged/step_000012.jsonl.

A resumed run samples the step again. On the CPU it draws the same responses, and those whose verdicts
are known are not asked about again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from training.engine.batch import Row
from training.engine.methods.base import TaskFacts
from training.engine.recorder import readable


def unjudged_file(step: int) -> Path:
    """Path of a step's file, relative to the run folder."""
    return Path("work") / "unjudged" / f"step_{step:06d}.jsonl"


def write_unjudged(path: Path, rows: Sequence[Row], facts: Callable[[int], TaskFacts]) -> int:
    """Write the responses, one a line, whole or not at all; returns how many have no verdict.

    Args:
        path: the file.
        rows: every response of the step so far.
        facts: what is said of the task of a dataset row.

    Raises OSError when the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(_line(row, facts(row.row)), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return sum(not row.outcome.settled for row in rows)


def _line(row: Row, facts: TaskFacts) -> dict[str, Any]:
    outcome, reward = row.outcome, row.outcome.reward
    return {
        "kind": facts.kind,
        "document": facts.document,
        "document_name": facts.document_name,
        "token_index": facts.token_index,
        "sample": row.sample,
        "response": outcome.response,
        "truncated": outcome.truncated,
        "prediction": None if reward.prediction is None else readable(reward.prediction),
        "reward": reward.value if outcome.settled else None,
        "reason": reward.reason if outcome.settled else None,
        "token_ids": row.response_ids,
        "logprobs": row.logprobs,
    }
