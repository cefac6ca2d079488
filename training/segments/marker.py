"""Who marks atomic steps: a model on this machine, or one at the judge's endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.chat import ChatServer, RequestFailed
from training.judging.timing import Pace, Timing, backoff
from training.models.fingerprint import weights_sha256
from training.segments.steps import PART_CHARACTERS, PLACEHOLDER, TEMPLATE

REPLY_TOKENS = 2 * PART_CHARACTERS
"""Room for the copy: a character is two tokens at the very most."""


class LocalMarker:
    """Asks a model of this machine, greedily. It is loaded at the first call.

    Args:
        folder: Hugging Face folder.
        device: where it computes.
        together: parts read in one batch.
    """

    def __init__(self, folder: Path, device: Literal["cpu", "cuda"], together: int) -> None:
        self.identity = f"local {weights_sha256(folder)}"
        self._folder = folder
        self._device: Literal["cpu", "cuda"] = device
        self._together = together
        self._mark: Callable[[Sequence[str]], list[str]] | None = None

    def mark(self, parts: Sequence[str]) -> list[str]:
        self._mark = self._mark or self._load()
        batches = (parts[start : start + self._together] for start in range(0, len(parts), self._together))
        return [reply for batch in batches for reply in self._mark(batch)]

    def _load(self) -> Callable[[Sequence[str]], list[str]]:
        from training.engine.sampler import AskedRule, load_sampler
        from training.engine.tokens import decode
        from training.models.token_bytes import load_tokenizer
        from training.prompts.frame import PromptFrame

        tokenizer = load_tokenizer(self._folder)
        frame = PromptFrame(tokenizer, TEMPLATE, [PLACEHOLDER], prefill_think=False)
        sampler = load_sampler(self._folder, device=self._device, max_tokens=3 * REPLY_TOKENS)

        def ask(batch: Sequence[str]) -> list[str]:
            sizes = [len(tokenizer(part, add_special_tokens=False)["input_ids"]) for part in batch]
            rule = AskedRule(1, 0.0, 1.0, 2 * max(sizes) + 64, seed=None)
            drawn = sampler.sample([frame.ids(part) for part in batch], rule)
            replies = (one.token_ids if one.truncated else one.token_ids[:-1] for (one,) in drawn)
            return [decode(tokenizer, ids) for ids in replies]

        return ask


class EndpointMarker:
    """Asks a model at the judge's address; a request that failed is made again as a judge's is.

    Args:
        config: the section `judge`, with an address.
        model: the name the server knows the model by.
        timing: clock, sleep and chance.
    """

    def __init__(self, config: JudgeConfig, model: str, timing: Timing | None = None) -> None:
        self.identity = f"endpoint {config.url.rstrip('/')} {model}"
        self._config = config.model_copy(
            update={"model": model, "temperature": 0.0, "max_reply_tokens": REPLY_TOKENS}
        )
        self._timing = timing or Timing()

    def mark(self, parts: Sequence[str]) -> list[str]:
        return asyncio.run(self._mark(parts))

    async def _mark(self, parts: Sequence[str]) -> list[str]:
        server, room = ChatServer(self._config), asyncio.Semaphore(self._config.max_concurrent)
        pace = Pace(self._config.requests_per_minute, self._timing)
        async with server.client() as client:

            async def ask(part: str) -> str:
                async with room:
                    failures = 0
                    while True:
                        await pace.turn()
                        try:
                            return (await server.ask(client, TEMPLATE.replace(PLACEHOLDER, part))).text
                        except RequestFailed as failure:
                            failures += 1
                            if failures > self._config.retries:
                                raise _down(failure) from failure
                            wait = backoff(failures, failure.wait, self._timing.chance())
                        await self._timing.sleep(wait)

            return await asyncio.gather(*(ask(part) for part in parts))


def _down(failure: RequestFailed) -> ForesightError:
    return ForesightError(
        f"The model that marks atomic steps does not answer. Last failure: {failure.why}.",
        field="segments.splitter_model",
        remedy="Start the server at the judge's address again; documents that were cut are not asked for again.",
        retryable=True,
    )
