"""A judge behind an OpenAI-compatible server, as vLLM's: many requests at once, retries, a pace.

A request that fails is made again after 1, 2, 4 ... 30 s. It keeps its place meanwhile, so a server that is
down gets no more than `max_concurrent` x (1 + `retries`) requests before the judge is called down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.chat import ChatReply, ChatServer, RequestFailed
from training.judging.down import JudgeDown
from training.judging.pair import Pair
from training.judging.prompt import question, score_of
from training.judging.source import Found
from training.judging.timing import Pace, Timing, backoff
from training.records import Verdict


@dataclass(slots=True)
class _Call:
    """One call of `ask` on its way."""

    client: httpx.AsyncClient
    answered: int = 0
    over: bool = False  # it failed: nothing new is asked
    under_way: set[asyncio.Task[Any] | None] = field(default_factory=set)  # whose request is at the server


class EndpointJudge:
    """Asks a model by its name at an address.

    Args:
        config: the section `judge`, with an address and a model.
        on_retry: told a sentence for every request that is made again.
        timing: clock, sleep and chance.

    Raises ForesightError where the key's environment variable is not set.
    """

    def __init__(
        self, config: JudgeConfig, on_retry: Callable[[str], None], timing: Timing | None = None
    ) -> None:
        self.name = f"endpoint {config.model}"
        self.identity = f"endpoint {config.url.rstrip('/')} {config.model}"
        self._config = config
        self._on_retry = on_retry
        self._timing = timing or Timing()
        self._server = ChatServer(config)
        self._pace = Pace(config.requests_per_minute, self._timing)
        self._room = asyncio.Semaphore(config.max_concurrent)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, pairs: Sequence[Pair], found: Found) -> None:
        """One request for each pair. After a failure for good nothing new is asked; what is under way ends.

        Raises:
            JudgeDown: a request failed 1 + `retries` times.
            ForesightError: the server refuses, and would again.
        """
        self._settle_in()
        async with self._server.client() as client:
            call = _Call(client)
            tasks = [
                asyncio.create_task(self._one(call, index, pair, found)) for index, pair in enumerate(pairs)
            ]
            failed: RequestFailed | None = None
            try:
                await asyncio.gather(*tasks)
            except RequestFailed as failure:
                failed = failure
            finally:
                await _wind_up(call, tasks)
            if failed is not None:
                raise JudgeDown(len(pairs) - call.answered, failed.why) from failed

    def _settle_in(self) -> None:
        """A semaphore serves one event loop; a command may run several, one after another."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._room = loop, asyncio.Semaphore(self._config.max_concurrent)

    async def _one(self, call: _Call, index: int, pair: Pair, found: Found) -> None:
        async with self._room:
            if call.over:
                return
            began = self._timing.now()
            try:
                reply = await self._reply(call, question(pair))
            except (RequestFailed, ForesightError):
                call.over = True  # before the place is free for the next pair
                raise
            seconds = self._timing.now() - began
            call.answered += 1
            score = None if reply.too_long else score_of(reply.text)
            found(index, Verdict(score, reply.text, self.name, False, seconds), keep=not reply.too_long)

    async def _reply(self, call: _Call, text: str) -> ChatReply:
        """Ask until there is a reply. Raises RequestFailed after the last retry."""
        task, failures = asyncio.current_task(), 0
        while True:
            await self._pace.turn()
            call.under_way.add(task)
            try:
                return await self._server.ask(call.client, text)
            except RequestFailed as failure:
                failures += 1
                if failures > self._config.retries or call.over:
                    raise
                wait = backoff(failures, failure.wait, self._timing.chance())
                self._on_retry(
                    f"The judge does not answer ({failure.why}); asked again in {wait:.1f} s, "
                    f"retry {failures} of {self._config.retries}."
                )
            finally:
                call.under_way.discard(task)
            await self._timing.sleep(wait)


async def _wind_up(call: _Call, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Let the requests under way end, and nothing else."""
    call.over = True
    for task in tasks:
        if task not in call.under_way:
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
