"""The judge of a run: one Ray actor, so that its cache, its rate limit and a local model exist once.

Agent loops ask it for one verdict each. Pairs that arrive together go to the judge in batches, and a pair
that is under way is waited for, not asked twice. A judge that is down ends the run: from then on nobody
gets a verdict, and the trainer learns why.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.engine.methods.base import AskJudge
from training.judging.judge import Judge, open_judge
from training.judging.pair import Pair
from training.records import Verdict

QUIET_SECONDS = 0.02
"""How long no pair may arrive before those waiting are taken as one batch."""
MOST_WAITING = 65_536
"""Pairs that may wait at once; Ray's own limit for an actor is below the rollouts of a large step."""
BATCH_ROUNDS = 4
"""A batch is so many times what the judge reads at once: verdicts come in parts, and the run sees them come."""

_Waiting = tuple[Pair, "asyncio.Future[Verdict | None]"]


@dataclass(frozen=True, slots=True)
class JudgeState:
    """How the judge does, since it began."""

    given: int  # verdicts
    waiting: int  # pairs without one
    retries: int  # requests that were made again
    last_retry: str  # the newest reason for one
    failure: ForesightError | None  # why it is down


@dataclass(frozen=True, slots=True)
class JudgeCounts:
    """What was judged since the counts were last taken."""

    asked: int = 0  # verdicts given
    cached: int = 0  # ... known before
    seconds: float = 0.0  # of the others, until each verdict, summed
    retries: int = 0
    busy: float = 0.0  # seconds in which a pair waited


class Tally:
    """Counts verdicts, and the time in which a pair waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts = JudgeCounts()
        self._since = 0.0  # when the first of the waiting pairs came
        self.waiting = 0

    def came(self) -> None:
        if not self.waiting:
            self._since = self._clock()
        self.waiting += 1

    def went(self, verdict: Verdict | None) -> None:
        self.waiting -= 1
        if not self.waiting:
            self._counts = replace(self._counts, busy=self._counts.busy + self._clock() - self._since)
        if verdict is not None:
            known = verdict.cached
            self._counts = replace(
                self._counts,
                asked=self._counts.asked + 1,
                cached=self._counts.cached + known,
                seconds=self._counts.seconds + (0.0 if known else verdict.seconds),
            )

    def retried(self) -> None:
        self._counts = replace(self._counts, retries=self._counts.retries + 1)

    def take(self) -> JudgeCounts:
        """The counts; they begin again."""
        taken, self._counts = self._counts, JudgeCounts()
        return taken


class JudgeServer:
    """Pairs in, verdicts out.

    Args:
        config: the experiment's judge.
        policy: folder of the policy's start weights.
        home: where models and caches lie.
        log: the file every judged pair is appended to.
        device: where a local judge computes.
        threads: ... and on how many threads of a CPU.
    """

    def __init__(
        self,
        config: JudgeConfig,
        policy: Path,
        home: Path,
        log: Path,
        device: Literal["cpu", "cuda"],
        threads: int,
    ) -> None:
        self._threads = threads if config.kind == "local" and device == "cpu" else 0
        self._open: Callable[[], Judge] = lambda: open_judge(
            config, policy=policy, home=home, on_retry=self._retried, log=log, device=device
        )
        self._judge: Judge | None = None
        self._tally = Tally()
        self._batch_size = BATCH_ROUNDS * config.max_concurrent
        self._waiting: list[_Waiting] = []
        self._gatherer: asyncio.Task[None] | None = None
        self._under_way: dict[Pair, asyncio.Task[None]] = {}
        self._state = JudgeState(0, 0, 0, "", None)

    async def open(self) -> str:
        """Load the judge; its name. Raises ForesightError for a judge that cannot be."""
        if self._threads:
            from training.models.cpu import use_cpu

            use_cpu(self._threads)
        self._judge = await asyncio.to_thread(self._open)
        return self._judge.name

    async def verdict(self, pair: Pair) -> Verdict | None:
        """The verdict on a pair; None when the judge is down."""
        given = None
        self._tally.came()
        try:
            while batch := self._under_way.get(pair):
                await asyncio.wait({batch})  # then it is known, unless the judge is down
            if self._state.failure is None:
                given = await self._asked(pair)
        finally:
            self._tally.went(given)
        self._state = replace(self._state, given=self._state.given + (given is not None))
        return given

    async def state(self) -> JudgeState:
        """How it does."""
        return replace(self._state, waiting=self._tally.waiting)

    async def take(self) -> JudgeCounts:
        """What was judged since the last call."""
        return self._tally.take()

    def _asked(self, pair: Pair) -> asyncio.Future[Verdict | None]:
        """Put a pair among those that wait."""
        answer: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((pair, answer))
        if self._gatherer is None or self._gatherer.done():
            self._gatherer = asyncio.create_task(self._gather())
        return answer

    async def _gather(self) -> None:
        """Send those who wait on their way, once nobody has come for a moment."""
        while self._waiting:
            seen = -1
            while seen != len(self._waiting):
                seen = len(self._waiting)
                await asyncio.sleep(QUIET_SECONDS)
            waiting, self._waiting = self._waiting, []
            for batch in batches(waiting, self._batch_size):
                self._send(batch)

    def _send(self, batch: list[_Waiting]) -> None:
        """Begin to ask for these."""
        pairs = {pair for pair, _ in batch}

        def over(task: asyncio.Task[None]) -> None:
            for pair in pairs:
                del self._under_way[pair]

        task = asyncio.create_task(self._ask(batch))
        task.add_done_callback(over)
        self._under_way |= dict.fromkeys(pairs, task)

    async def _ask(self, batch: list[_Waiting]) -> None:
        assert self._judge is not None
        verdicts: list[Any] = [None] * len(batch)
        try:
            if self._state.failure is None:
                verdicts = list(await self._judge.verdicts([pair for pair, _ in batch]))
        except ForesightError as error:
            self._state = replace(self._state, failure=self._state.failure or error)
        except Exception as error:
            for _, answer in batch:
                answer.set_exception(error)
            return
        for (_, answer), verdict in zip(batch, verdicts, strict=True):
            answer.set_result(verdict)

    def _retried(self, reason: str) -> None:
        self._tally.retried()
        self._state = replace(self._state, retries=self._state.retries + 1, last_retry=reason)


def batches(waiting: Sequence[_Waiting], size: int) -> Iterator[list[_Waiting]]:
    """Those who wait, so many different pairs at a time; who waits for the same pair stays together."""
    by_pair: dict[Pair, list[_Waiting]] = {}
    for one in waiting:
        by_pair.setdefault(one[0], []).append(one)
    different = list(by_pair.values())
    for start in range(0, len(different), size):
        yield [one for same in different[start : start + size] for one in same]


def ask_through(actor: Any) -> AskJudge:
    """How to ask a JudgeServer that is an actor."""

    async def ask(pair: Pair) -> Verdict | None:
        found: Verdict | None = await actor.verdict.remote(pair)
        return found

    return ask
