"""A quality model behind an OpenAI-compatible server: each document a question, each answer 0 or 1."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence

import httpx

from training.contract.errors import ForesightError
from training.contract.preparation_quality import TEXT, QualityModelConfig
from training.contract.settings.segments import JudgeConfig
from training.judging.chat import ChatReply, ChatServer, RequestFailed
from training.judging.timing import Timing, backoff
from training.preparation.opinions import Opinion

logger = logging.getLogger(__name__)

_VERDICT = re.compile(r"\s*([01])\s*\.?\s*")
_ROUNDS = 4  # requests asked for at once, for each that may be under way


class EndpointModel:
    """Asks the model that `settings` names. Raises ForesightError where the key's variable is not set."""

    def __init__(self, settings: QualityModelConfig, timing: Timing | None = None) -> None:
        self.identity = "\0".join(
            ("endpoint", settings.url, settings.model, settings.prompt, str(settings.max_characters))
        )
        self.together = _ROUNDS * settings.max_concurrent
        self._settings = settings
        self._timing = timing or Timing()
        try:
            self._server = ChatServer(_chat_settings(settings))
        except ForesightError as error:
            raise _of_this_stage(error) from error

    def ask(self, texts: Sequence[str]) -> list[Opinion]:
        """A verdict on each text; None where the reply is neither 0 nor 1, or the text is too long.

        Raises ForesightError: the server does not answer after all retries (retryable), or refuses.
        """
        try:
            return asyncio.run(self._ask(texts))
        except RequestFailed as failure:
            raise ForesightError(
                f"The endpoint does not answer ({failure.why}), after {self._settings.retries} retries.",
                field="quality_model.url",
                remedy="Start it again, then prepare again: all but the last verdicts are kept.",
                retryable=True,
            ) from failure
        except ForesightError as error:
            raise _of_this_stage(error) from error

    async def _ask(self, texts: Sequence[str]) -> list[Opinion]:
        room = asyncio.Semaphore(self._settings.max_concurrent)
        async with self._server.client() as client:
            tasks = [asyncio.create_task(self._one(client, room, text)) for text in texts]
            try:
                return list(await asyncio.gather(*tasks))
            finally:  # the first failure ends them all
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, client: httpx.AsyncClient, room: asyncio.Semaphore, text: str) -> Opinion:
        async with room:
            reply = await self._reply(client, self._question(text))
        found = None if reply.too_long else _VERDICT.fullmatch(reply.text)
        return Opinion(float(found[1]) if found else None, reply.text)

    async def _reply(self, client: httpx.AsyncClient, question: str) -> ChatReply:
        """Ask until there is a reply. Raises RequestFailed after the last retry."""
        failures = 0
        while True:
            try:
                return await self._server.ask(client, question)
            except RequestFailed as failure:
                failures += 1
                if failures > self._settings.retries:
                    raise
                wait = backoff(failures, failure.wait, self._timing.chance())
                logger.info("The endpoint does not answer (%s); asked again in %.1f s.", failure.why, wait)
                await self._timing.sleep(wait)

    def _question(self, text: str) -> str:
        return self._settings.prompt.replace(TEXT, text[: self._settings.max_characters])


def _chat_settings(settings: QualityModelConfig) -> JudgeConfig:
    return JudgeConfig(
        kind="endpoint",
        model=settings.model,
        url=settings.url,
        key_variable=settings.key_variable,
        max_concurrent=settings.max_concurrent,
        timeout_seconds=settings.timeout_seconds,
        retries=settings.retries,
    )


def _of_this_stage(error: ForesightError) -> ForesightError:
    """The same error, of the settings that stand in this stage's section."""
    field = error.field.replace("judge", "quality_model", 1)
    return ForesightError(error.message, field=field, remedy=error.remedy, retryable=error.retryable)
