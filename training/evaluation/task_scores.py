"""From judged responses to scores: Pass@1, Pass@k and their intervals over the tasks. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from training.contract.task_result import PassAt, ScoreKind, TaskScore
from training.evaluation.intervals import wilson
from training.evaluation.passk import pass_at_k, pass_ks
from training.records import Reason, Reward


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """One response to a task, judged."""

    right: bool
    reason: Reason
    prediction: str | None  # readable; None: no answer in its form
    response: str  # special tokens kept; of a letter without a thought the letter
    length: int  # tokens, the end token counted
    truncated: bool


@dataclass(frozen=True, slots=True)
class TaskAnswers:
    """A task and the responses to it."""

    kind: ScoreKind
    identity: str  # names the task, the same whatever model is asked: sets are told apart by it
    document: int  # 0-based row or Document.index
    document_name: str
    asked: str  # for people: the problem, the question, the end of the context
    truth: str  # the right answer, the target segment
    answers: tuple[TaskAnswer, ...]

    @property
    def right(self) -> int:
        return sum(answer.right for answer in self.answers)


def judged(reward: Reward, response: str, *, length: int, truncated: bool) -> TaskAnswer:
    """A response with what a rule said of it."""
    said = None if reward.prediction is None else reward.prediction.decode("utf-8", "replace")
    return TaskAnswer(reward.value > 0, reward.reason, said, response, length, truncated)


def task_scores(answered: Sequence[TaskAnswers], ks: Sequence[int] = ()) -> tuple[TaskScore, ...]:
    """The score of every kind that was asked, in the order they first come.

    Args:
        answered: every task of a kind has the same number of responses.
        ks: the k of Pass@k; () for 1, 2, 4 ... and all responses.

    Raises ValueError for a k above the number of responses.
    """
    kinds = dict.fromkeys(one.kind for one in answered)
    return tuple(_score(kind, [one for one in answered if one.kind == kind], ks) for kind in kinds)


def tasks_key(answered: Iterable[TaskAnswers]) -> str:
    """A name of a set of tasks: the same ones have the same, in any order and asked in any way."""
    return identities_key(one.identity for one in answered)


def identities_key(identities: Iterable[str]) -> str:
    return hashlib.sha256(repr(sorted(set(identities))).encode()).hexdigest()[:16]


def _score(kind: ScoreKind, answered: Sequence[TaskAnswers], ks: Sequence[int]) -> TaskScore:
    n, samples = len(answered), len(answered[0].answers)
    if any(len(one.answers) != samples for one in answered):
        raise ValueError("the tasks have different numbers of responses")
    correct = sum(one.right for one in answered)
    low, high = wilson(correct / samples, n)
    common = TaskScore(
        kind=kind,
        n=n,
        samples=samples,
        correct=correct,
        accuracy=correct / (n * samples),
        low=low,
        high=high,
    )
    if kind == "letter":
        return common
    answers = [answer for one in answered for answer in one.answers]
    return common.model_copy(
        update={
            "pass_at": tuple(_pass_at(answered, samples, k) for k in (ks or pass_ks(samples))),
            "format_share": fmean(1.0 if (answer.prediction or "").strip() else 0.0 for answer in answers),
            "truncated": fmean(1.0 if answer.truncated else 0.0 for answer in answers),
            "mean_length": fmean(answer.length for answer in answers),
            "reasons": dict(Counter(answer.reason for answer in answers).most_common()),
        }
    )


def _pass_at(answered: Sequence[TaskAnswers], samples: int, k: int) -> PassAt:
    values = [pass_at_k(samples, one.right, k) for one in answered]
    low, high = wilson(min(sum(values), len(values)), len(values))
    return PassAt(k=k, value=fmean(values), low=low, high=high)
