"""From answers to accuracies by mode and difficulty. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from statistics import fmean

from training.contract.difficulty import THRESHOLDS, Split, splits_of
from training.contract.evaluation_result import Mode, SplitScore
from training.contract.patterns import shares
from training.evaluation.answers import Answered
from training.evaluation.intervals import wilson
from training.evaluation.passk import pass_at_k, pass_ks
from training.records import Task


def score(answered: Sequence[Answered]) -> tuple[SplitScore, ...]:
    """The scores of every mode and split that has a position, standard mode first, easy first."""
    found = []
    modes: tuple[Mode, ...] = ("standard", "reasoning")
    for mode in modes:
        for split in THRESHOLDS:
            of_split = [one for one in answered if one.mode == mode and split in _splits(one.task)]
            if of_split:
                found.append(_score(mode, split, of_split))
    return tuple(found)


def positions_key(tasks: Iterable[Task]) -> str:
    """A name of a set of positions: the same texts at the same places have the same, in any order."""
    places = sorted(
        (
            task.document_name,
            task.position.document,
            task.position.byte_start,
            round(task.position.entropy, 3),
        )
        for task in tasks
    )
    return hashlib.sha256(repr(places).encode()).hexdigest()[:16]


def _splits(task: Task) -> tuple[Split, ...]:
    return splits_of(task.position.entropy)


def _score(mode: Mode, split: Split, answered: Sequence[Answered]) -> SplitScore:
    n, samples = len(answered), len(answered[0].answers)
    correct = sum(one.right for one in answered)
    low, high = wilson(correct / samples, n)
    common = SplitScore(
        mode=mode,
        split=split,
        n=n,
        samples=samples,
        correct=correct,
        accuracy=correct / (n * samples),
        low=low,
        high=high,
    )
    if mode == "standard":
        return common
    answers = [answer for one in answered for answer in one.answers]
    return common.model_copy(
        update={
            "pass_at": {
                str(k): fmean(pass_at_k(samples, one.right, k) for one in answered) for k in pass_ks(samples)
            },
            "format_share": fmean(1.0 if answer.prediction else 0.0 for answer in answers),
            "truncated": fmean(1.0 if answer.truncated else 0.0 for answer in answers),
            "mean_length": fmean(answer.length for answer in answers),
            "patterns": shares([answer.response for answer in answers]),
        }
    )
