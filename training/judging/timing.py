"""When a judge is asked: the pace of requests and the waits between retries. Tests bring their own clock."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_BACKOFF = 30.0  # s
LONGEST_ASKED_WAIT = 600.0  # s; a server may ask for more, a run does not sleep for a day
JITTER = 0.25  # at most this share is added, so that requests that failed together do not come back together


@dataclass(frozen=True, slots=True)
class Timing:
    """Clock, sleep and chance."""

    now: Callable[[], float] = time.monotonic  # s, from any beginning
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random  # in [0, 1)


def backoff(failures: int, asked: float | None, chance: float) -> float:
    """Seconds to wait after so many failures of one request.

    Args:
        failures: 1, 2 ...: the wait is 1, 2, 4 ... 30 s.
        asked: what the server asked for instead (Retry-After), None where it did not.
        chance: in [0, 1); how much of the jitter is added.
    """
    base = min(2.0 ** (failures - 1), LONGEST_BACKOFF) if asked is None else min(asked, LONGEST_ASKED_WAIT)
    return base * (1 + JITTER * chance)


def asked_wait(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None where it says nothing readable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    # A date without a zone is in GMT: HTTP knows no other.
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


class Pace:
    """Lets requests through one by one, so that no minute holds more than so many.

    A bucket of one token, refilled every 60 / `per_minute` seconds: a larger one would allow a burst on
    top of the minute's number.
    """

    def __init__(self, per_minute: int, timing: Timing) -> None:
        self._every = 60 / per_minute if per_minute else 0.0
        self._timing = timing
        self._next = float("-inf")

    async def turn(self) -> None:
        """Return when the next request may be made."""
        if not self._every:
            return
        now = self._timing.now()
        begins = max(now, self._next)
        self._next = begins + self._every
        if begins > now:
            await self._timing.sleep(begins - now)
