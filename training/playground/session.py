"""The session: answers questions one after the other while the model stays loaded, and tells how it goes."""

from __future__ import annotations

import base64
import codecs
import logging
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.events import Event
from training.contract.experiment import ExperimentConfig
from training.contract.playground import (
    Question,
    close_if_idle,
    forget_question,
    is_stopped,
    next_question,
)
from training.contract.playground_events import (
    TryAsked,
    TryDone,
    TryPart,
    TryPlain,
    TryRefused,
    TryTokens,
)
from training.engine.cpu.generator import SamplingRule
from training.engine.tokens import decode
from training.models.generate import GroupRequest
from training.playground.answer import Response, answered
from training.playground.ask import Asked, Asker
from training.playground.model import LoadedModel, check_length

logger = logging.getLogger(__name__)

TELL_SECONDS = 0.2
"""How often a growing thought is told of."""
LOOK_SECONDS = 0.1
_ARGMAX = SamplingRule(temperature=0.0, top_p=1.0, max_new_tokens=1)

Emit = Callable[[Event], object]


class Session:
    """One model and the questions put to it.

    Args:
        model: loaded.
        config: the experiment whose prompts, limits and sampling it is asked with.
        folder: where questions come (`contract.playground`).
        emit: tells one event.
    """

    def __init__(self, model: LoadedModel, config: ExperimentConfig, folder: Path, emit: Emit) -> None:
        self._model = model
        self._config = config
        self._folder = folder
        self._emit = emit
        self._asker = Asker(model.tokenizer, model.token_bytes, config)
        self._end_tokens = [decode(model.tokenizer, [token]) for token in model.end_ids]

    def serve(self, idle_seconds: float) -> None:
        """Answer until no question has come for `idle_seconds`."""
        since = time.monotonic()
        while True:
            question = next_question(self._folder)
            if question is not None:
                self.answer(question)
                forget_question(self._folder, question.number)
                since = time.monotonic()
            elif time.monotonic() - since < idle_seconds:
                time.sleep(LOOK_SECONDS)
            elif close_if_idle(self._folder):
                return

    def answer(self, question: Question) -> None:
        """Answer one question; one that cannot be asked is told so."""
        try:
            asked = self._asker.ask(question)
            check_length(self._model, len(asked.prompt_ids), question.max_tokens)
        except ForesightError as error:
            logger.info("Question %s is refused: %s", question.number, error)
            self._emit(
                TryRefused(
                    question=question.number, message=error.message, field=error.field, remedy=error.remedy
                )
            )
            return
        began = time.monotonic()
        self._emit(_told(question.number, asked, self._model.tokenizer))
        if asked.context_ids:
            self._emit(self._plain(question.number, asked))
        tokens, stopped = self._think(question, asked)
        seconds = time.monotonic() - began
        self._emit(TryDone(question=question.number, seconds=seconds, tokens=tokens, stopped=stopped))
        logger.info("Question %s: %s tokens in %.1f s", question.number, tokens, seconds)

    def _plain(self, number: int, asked: Asked) -> TryPlain:
        """Standard mode, as the evaluation measures it: the argmax at the plain context."""
        generator, table = self._model.generator, self._model.token_bytes
        ((found,),) = generator.generate([GroupRequest(asked.context_ids, 1)], _ARGMAX)
        token = found.token_ids[0]
        piece, true = table.bytes_of(token), asked.true_id
        wanted = [token] if true is None else [token, true]
        (logs,) = generator.next_logprobs([asked.context_ids], [wanted])
        probabilities = [math.exp(value) for value in logs]
        return TryPlain(
            question=number,
            token=table.readable(token),
            token_base64=base64.b64encode(piece).decode("ascii"),
            probability=probabilities[0],
            right=None if true is None else piece == table.bytes_of(true),
            truth_probability=None if true is None else probabilities[1],
        )

    def _think(self, question: Question, asked: Asked) -> tuple[int, bool]:
        """Sample the responses, tell of them as they grow, judge them; returns (tokens, stopped)."""
        teller = _Growth(question, self._folder, self._model, self._emit)
        rule = SamplingRule(question.temperature, self._config.sampling.top_p, question.max_tokens)
        seeds = tuple((question.seed + sample) % 2**31 for sample in range(question.samples))
        request = GroupRequest(asked.prompt_ids, question.samples, seeds)
        (found,) = self._model.generator.generate([request], rule, watch=teller.watch)
        teller.tell()
        for sample, one in enumerate(found):
            response = Response(
                sample=sample,
                text=decode(self._model.tokenizer, one.token_ids),
                tokens=len(one.token_ids),
                truncated=one.truncated,
                stopped=one.truncated and teller.stopped,
            )
            self._emit(answered(question.number, asked, response, self._end_tokens))
        return sum(len(one.token_ids) for one in found), teller.stopped


class _Growth:
    """Tells what responses have grown by, a few times a second, and looks whether the person has stopped them."""

    def __init__(self, question: Question, folder: Path, model: LoadedModel, emit: Emit) -> None:
        self.stopped = False
        self._number = question.number
        self._folder = folder
        self._table, self._ends = model.token_bytes, frozenset(model.end_ids)
        self._emit = emit
        self._rows: Sequence[Sequence[int]] = [()] * question.samples
        self._told = [0] * question.samples  # tokens of each that were told
        # A character may lie across two tokens: its first bytes wait for the others.
        make = codecs.getincrementaldecoder("utf-8")
        self._readers = [make("replace") for _ in range(question.samples)]
        self._last = time.monotonic()

    def watch(self, rows: Sequence[Sequence[int]]) -> bool:
        self._rows = rows
        now = time.monotonic()
        if now - self._last >= TELL_SECONDS:
            self._last = now
            self.tell()
            self.stopped = is_stopped(self._folder, self._number)
        return not self.stopped

    def tell(self) -> None:
        parts = []
        for sample, row in enumerate(self._rows):
            fresh = row[self._told[sample] :]
            if fresh:
                shown = self._table.join(token for token in fresh if token not in self._ends)
                text = self._readers[sample].decode(shown)
                parts.append(TryPart(sample=sample, text=text, tokens=len(row)))
                self._told[sample] = len(row)
        if parts:
            self._emit(TryTokens(question=self._number, parts=tuple(parts)))


def _told(number: int, asked: Asked, tokenizer: object) -> TryAsked:
    context = len(asked.context_ids) or len(
        tokenizer(asked.context, add_special_tokens=False)["input_ids"]  # type: ignore[operator]
    )
    return TryAsked(
        question=number,
        kind=asked.kind,
        prompt=asked.prompt,
        prompt_tokens=len(asked.prompt_ids),
        context=asked.context,
        context_tokens=context,
        context_is_cut=asked.is_cut,
        think_prefilled=asked.think_prefilled,
        truth=asked.truth.decode(),
        boundaries=asked.boundaries,
    )
