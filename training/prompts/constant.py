"""The best constant answer: what a policy that ignores the context could earn. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from training.records import Task


def constant_answer(tasks: Iterable[Task]) -> bytes:
    """The one answer that RPT Eq. 3 rewards on most of the tasks.

    On a task exactly the prefixes of its truth that end on a boundary are rewarded, so counting
    those over all tasks finds the answer. Only whole characters can be written in a response. Of
    equal answers the shortest is taken, then the first in byte order.

    Raises ValueError when there is no task.
    """
    counts: Counter[bytes] = Counter()
    for task in tasks:
        counts.update(task.truth[:end] for end in task.boundaries)
    answers = [answer for answer in counts if _is_text(answer)]
    if not answers:
        raise ValueError("there is no task to find a constant answer for")
    return min(answers, key=lambda answer: (-counts[answer], len(answer), answer))


def _is_text(answer: bytes) -> bool:
    try:
        answer.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
