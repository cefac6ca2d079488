"""What flips when a run's stored predictions are judged again, by another judge or under the other rule.

Written by `python -m training judge --run`: the result as JSON, and beside it every flipped pair, one line each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

RESULT_FILE = "rejudged.json"
FLIPS_FILE = "flips.jsonl"

Call = Literal["right", "wrong", "malformed"]
CALLS: tuple[Call, ...] = ("right", "wrong", "malformed")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class Flip(_Record):
    """One prediction whose reward is another one now."""

    step: int
    group: int
    sample: int
    kind: str  # records.TaskKind: asr, msr
    before: Call
    after: Call
    predicted: str  # its first characters
    reply: str  # the new judge's, its first characters


class KindReward(_Record):
    """Mean reward of one kind of task, before and after."""

    kind: str
    rollouts: int
    before: float
    after: float


class RejudgeResult(_Record):
    """A run, judged again."""

    judge: str  # the new one: kind and model
    rule: str
    judge_before: str  # the run's
    rule_before: str
    steps: int  # with rollouts
    groups: int
    rollouts: int
    judged: int  # predictions that a judge was asked about, then and now
    table: tuple[tuple[int, ...], ...]  # rows: the call before, columns: the call after, in CALLS' order
    effective_before: int  # groups whose rewards are not all equal
    effective_after: int
    gained: int  # groups that have a gradient only now
    lost: int  # groups that had one
    reward_before: float  # mean over all rollouts, those without a prediction too
    reward_after: float
    kinds: tuple[KindReward, ...]
    seconds: float

    @property
    def to_right(self) -> int:
        """Predictions whose reward goes from 0 to 1: wrong or malformed before, right now."""
        return self.table[1][0] + self.table[2][0]

    @property
    def to_wrong(self) -> int:
        """Predictions whose reward goes from 1 to 0: right before, wrong or malformed now."""
        return self.table[0][1] + self.table[0][2]


def call_of(score: int | None) -> Call:
    """A verdict's score as a call."""
    return "malformed" if score is None else "right" if score else "wrong"


def read_rejudge(path: Path) -> RejudgeResult:
    """Read a result. Raises FileNotFoundError, or ValueError for another file."""
    return RejudgeResult.model_validate_json(path.read_bytes())


def read_flips(path: Path, start: int, stop: int) -> Iterator[Flip]:
    """The flipped pairs from number `start` up to `stop`, in the run's order."""
    with open(path, "rb") as lines:
        for line in islice(lines, start, stop):
            yield Flip.model_validate_json(line)
