"""From a place of a text to what the model is given there: exactly the prompt that training makes of it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Literal

from training.answers.problem import Problem
from training.answers.tasks import ProblemAsker
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.playground import Question
from training.contract.settings.answers import RlvrConfig, SftConfig
from training.contract.settings.segments import RlptConfig
from training.models.token_bytes import EncodedDocument, RoundTripError, TokenBytes, encode_document
from training.prompts.build import TaskBuilder
from training.prompts.continuation import begins_character
from training.prompts.frame import PromptFrame
from training.prompts.segment_tasks import PLACEHOLDERS, segment_template

_MESSAGE = "{message}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model is given for one question."""

    kind: Literal["token", "segment", "problem", "chat"]
    prompt: str
    prompt_ids: tuple[int, ...]
    context: str  # as the model sees it
    context_ids: tuple[int, ...]  # the plain context's tokens; () where no next token is asked for
    think_prefilled: bool
    truth: bytes = b""  # b"": nothing was given, so nothing is judged
    boundaries: tuple[int, ...] = ()
    true_id: int | None = None  # the truth's first token
    is_cut: bool = False  # the context, from the left


class Asker:
    """Makes prompts for one tokenizer and one experiment.

    Next tokens are asked for under RPT and its supervised control, segments (ASR) under RLPT, answers under
    RLVR; a tuned model gets the text as a message.
    """

    def __init__(self, tokenizer: Any, token_bytes: TokenBytes, config: ExperimentConfig) -> None:
        self._tokenizer = tokenizer
        self._bytes = token_bytes
        self._config = config

    def ask(self, question: Question) -> Asked:
        """What the model is given. Raises ForesightError with field `context`, `truth` or `at`."""
        context, truth = _cut(question)
        method = self._config.method
        if isinstance(method, RlptConfig):
            return self._segment(method, context, truth)
        if isinstance(method, RlvrConfig):
            return self._problem(method, context, truth)
        if isinstance(method, SftConfig):
            return self._message(context)
        return self._token(context, truth)

    def _token(self, context: str, truth: str) -> Asked:
        encoded, end = self._encoded(context, truth)
        builder = TaskBuilder(self._tokenizer, self._bytes, self._config)
        truth_bytes, true_id = b"", None
        boundaries: tuple[int, ...] = ()
        if truth:
            problem = builder.problem(encoded, end)
            if problem is None:
                raise self._no_task(encoded, end)
            context_ids, shown, prompt_ids = problem.context_ids, problem.context, problem.prompt_ids
            truth_bytes, boundaries, true_id = problem.truth, problem.boundaries, encoded.ids[end]
        else:
            fitted = builder.fit(encoded, end)
            if fitted is None:
                raise _empty()
            context_ids, shown, prompt_ids = fitted
        return Asked(
            kind="token",
            prompt=builder.prompt(shown),
            prompt_ids=prompt_ids,
            context=shown,
            context_ids=context_ids,
            think_prefilled=builder.think_prefilled,
            truth=truth_bytes,
            boundaries=boundaries,
            true_id=true_id,
            is_cut=len(shown) < len(context),
        )

    def _encoded(self, context: str, truth: str) -> tuple[EncodedDocument, int]:
        """The text in the model's tokens, and how many of them are the context's."""
        try:
            encoded = encode_document(self._tokenizer, context + truth, self._bytes)
        except RoundTripError as error:
            raise ForesightError(error.message, field="context", remedy=error.remedy) from error
        start = len(context.encode())
        last = bisect_left(encoded.byte_ends, start)
        if encoded.byte_ends[last] == start:
            return encoded, last + 1
        begin, after = encoded.byte_ends[last - 1] if last else 0, encoded.byte_ends[last]
        raise ForesightError(
            f"The context ends inside the token {self._bytes.readable(encoded.ids[last])!r}: the model never sees "
            f"such a place. It ends at byte {start}, the token is bytes {begin} to {after}.",
            field="context",
            remedy=f"End the context at byte {begin} or {after}.",
        )

    def _no_task(self, encoded: EncodedDocument, end: int) -> ForesightError:
        token = encoded.ids[end]
        if self._bytes.is_special(token):
            said = f"The next token, {self._bytes.readable(token)!r}, marks structure and is never predicted."
        elif not begins_character(self._bytes.bytes_of(token)):
            said = "The next token begins inside a character, which no answer can be written for."
        else:
            said = "No whole character of the continuation or of the context is left."
        return ForesightError(said, field="context", remedy="Choose a place a few characters away.")

    def _segment(self, method: RlptConfig, context: str, truth: str) -> Asked:
        template = segment_template(method.template, "asr")
        frame = PromptFrame(self._tokenizer, template, PLACEHOLDERS["asr"], method.prefill_think)
        ids = self._within_limit(frame.ids(context))
        return Asked("segment", frame.text(context), ids, context, (), frame.think_prefilled, truth.encode())

    def _problem(self, method: RlvrConfig, text: str, answer: str) -> Asked:
        asker = ProblemAsker.of(self._config, method, self._tokenizer)
        self._within_limit(asker.prompt_ids(text))
        task = asker.ask([Problem(0, "typed", text, answer)]).tasks[0]
        return Asked("problem", task.prompt, task.prompt_ids, text, (), task.think_prefilled, answer.encode())

    def _message(self, text: str) -> Asked:
        frame = PromptFrame(self._tokenizer, _MESSAGE, (_MESSAGE,), prefill_think=False)
        ids = self._within_limit(frame.ids(text))
        return Asked("chat", frame.text(text), ids, text, (), frame.think_prefilled)

    def _within_limit(self, ids: tuple[int, ...]) -> tuple[int, ...]:
        """Segments and problems are never cut: half a problem has no answer."""
        most = self._config.sampling.max_prompt_tokens
        if len(ids) > most:
            raise ForesightError(
                f"The prompt has {len(ids)} tokens; this run's prompts have at most {most}.",
                field="context",
                remedy="Shorten the text.",
            )
        return ids


def _cut(question: Question) -> tuple[str, str]:
    """The text before and after the place that is asked about."""
    try:
        data = question.text.encode()
    except UnicodeEncodeError as error:
        raise ForesightError(
            f"Character {error.start} is half of a surrogate pair, which is no text.",
            field="context",
            remedy="Send whole characters.",
        ) from error
    if question.at > len(data):
        raise ForesightError(
            f"The text has {len(data)} bytes, so byte {question.at} lies outside of it.",
            field="at",
            remedy=f"Choose a place up to byte {len(data)}.",
        )
    try:
        context = data[: question.at].decode()
    except UnicodeDecodeError as error:
        raise ForesightError(
            f"Byte {question.at} lies inside a character, so the context ends inside it.",
            field="at",
            remedy=f"Choose byte {error.start}, where the character begins.",
        ) from error
    if not context:
        raise _empty()
    return context, data[question.at :].decode()


def _empty() -> ForesightError:
    return ForesightError(
        "There is no context: the model predicts what follows a text.",
        field="context",
        remedy="Type some text, or choose a later place.",
    )
