"""When jobs that wait will start. Pure: seconds in, seconds out."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def starts_in(left: Sequence[float | None], takes: Sequence[float | None]) -> list[float | None]:
    """Seconds until each job that waits starts, if nobody moves anything; None from where nobody can say.

    While jobs wait every slot is taken, so that those at work say how many there are.

    Args:
        left: what each job at work still takes, None where it is not known.
        takes: what each job that waits will take, in the order of the queue.
    """
    found: list[float | None] = []
    free = [seconds for seconds in left if seconds is not None]
    if len(free) == len(left):
        free = free or [0.0]
        heapq.heapify(free)
        for seconds in takes:
            found.append(free[0])
            if seconds is None:
                break
            heapq.heapreplace(free, free[0] + seconds)
    return found + [None] * (len(takes) - len(found))
