"""Try it: ask a checkpoint, or any model of the site, at one context and follow its thought."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

from foresight.models import Changed, PlaceOut, TryDetail, TryEvents, TryOut
from foresight.resources.base import Resource, given

POLL_SECONDS = 0.5


class Tries(Resource):
    def list(self, of: str = "") -> Iterator[TryOut]:
        """What you asked, newest first; `of` keeps the questions to one model."""
        return self._pages("/tries", TryOut, {"of": of})

    def ask(
        self,
        of: str,
        context: str = "",
        truth: str = "",
        *,
        document: int | None = None,
        at: int | None = None,
        samples: int | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        template: str | None = None,
    ) -> TryDetail:
        """Queue a question to `run:12/step:15`, `run:12/base` (before training) or `model:NAME`.

        Give a context, with its truth where you know it, or a document of the run's corpus and the byte `at` which
        the context ends. What is left out is as in the run.
        """
        body = given(
            of=of,
            context=context,
            truth=truth,
            document=document,
            at=at,
            samples=samples,
            temperature=temperature,
            max_tokens=max_tokens,
            seed=seed,
            template=template,
        )
        return TryDetail.model_validate(self._transport.json("POST", "/tries", json=body))

    def show(self, question: int) -> TryDetail:
        return TryDetail.model_validate(self._transport.json("GET", f"/tries/{question}"))

    def events(self, question: int, after: int = 0) -> TryEvents:
        """Its events after a cursor."""
        found = self._transport.json("GET", f"/tries/{question}/events", params={"after": after})
        return TryEvents.model_validate(found)

    def follow(self, question: int, *, seconds: float = POLL_SECONDS) -> Iterator[TryEvents]:
        """News of a question until it has ended, each event once."""
        after = 0
        while True:
            found = self.events(question, after)
            news = found.cursor != after
            after = found.cursor
            yield found
            if found.ended:
                return
            if not news:
                time.sleep(seconds)

    def stop(self, question: int) -> Changed:
        """End its responses where they are."""
        return Changed.model_validate(
            self._transport.json("POST", f"/tries/{question}/stop", repeatable=True)
        )

    def places(self, run: int, what: Literal["trained", "held_out"] = "trained") -> Iterator[PlaceOut]:
        """Positions that a run trains on, in the order of training, or holds out."""
        return self._pages(f"/runs/{run}/positions", PlaceOut, {"what": what})
