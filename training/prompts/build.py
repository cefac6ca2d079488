"""Turn a position of a document into a task: context, prompt, truth and its token boundaries.

Which positions are worth training on is decided before (`training.positions`); in which order, in
`order.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.models.token_bytes import EncodedDocument, TokenBytes
from training.prompts.continuation import begins_character, continuation
from training.prompts.registry import PLACEHOLDER, template_of
from training.records import Document, Task, TokenPosition
from training.rewards.extract import THINK_START


@dataclass(frozen=True, slots=True)
class Problem:
    """A context and how it goes on: what a Task is made of, without the position's scores."""

    context: str
    context_ids: tuple[int, ...]
    prompt_ids: tuple[int, ...]
    truth: bytes
    boundaries: tuple[int, ...]

    @property
    def next_token(self) -> bytes:
        """The bytes of the target token."""
        return self.truth[: self.boundaries[0]]


class TaskBuilder:
    """Builds tasks for one policy tokenizer and one experiment.

    Args:
        tokenizer: the policy's transformers tokenizer.
        token_bytes: the raw bytes of its tokens.
        config: the experiment; the method, positions and sampling sections are used.

    Raises:
        ForesightError: the template alone does not fit `sampling.max_prompt_tokens`, or the chat
            template loses the message it is given.
    """

    def __init__(self, tokenizer: Any, token_bytes: TokenBytes, config: ExperimentConfig) -> None:
        self._tokenizer = tokenizer
        self._bytes = token_bytes
        self._max_context = config.positions.max_context
        self._max_prompt = config.sampling.max_prompt_tokens
        self._horizon = config.rpt.horizon
        self._special_names = tuple(tokenizer.all_special_tokens)
        self._head, self._tail = _frame(tokenizer, template_of(config.rpt), config.rpt.prefill_think)
        self.think_prefilled = self._tail.rstrip().endswith(THINK_START)
        empty = len(self._prompt_ids(""))
        if empty >= self._max_prompt:
            raise ForesightError(
                f"The prompt without a context takes {empty} of {self._max_prompt} tokens.",
                field="sampling.max_prompt_tokens",
                remedy="Raise it, or choose a shorter template (`short`).",
            )

    def build(self, document: Document, encoded: EncodedDocument, position: TokenPosition) -> Task | None:
        """The task of one position, or None where the policy cannot be asked.

        That is where no token of the policy begins at the position (a proxy of another vocabulary
        chose it), where nothing stands before it, or where a character would be split.

        Args:
            document: the document the position lies in.
            encoded: the document in the policy's own tokens.
            position: where the target begins; its byte offset counts, not its token index.
        """
        index = _token_index(encoded, position)
        problem = None if index is None else self.problem(encoded, index)
        if problem is None:
            return None
        return Task(
            position=position,
            document_name=document.name,
            context=problem.context,
            prompt=self._head + problem.context + self._tail,
            prompt_ids=problem.prompt_ids,
            context_ids=problem.context_ids,
            think_prefilled=self.think_prefilled,
            truth=problem.truth,
            boundaries=problem.boundaries,
        )

    def problem(self, encoded: EncodedDocument, index: int) -> Problem | None:
        """What the policy is asked at token `index` of a document; None where it cannot be asked."""
        pieces = self._continuation_pieces(encoded.ids[index : index + self._horizon])
        truth, boundaries = continuation(pieces)
        if not boundaries or not begins_character(pieces[0]):
            return None
        found = self._fit(encoded, index)
        if found is None:
            return None
        context_ids, context, prompt_ids = found
        return Problem(context, context_ids, prompt_ids, truth, boundaries)

    def _continuation_pieces(self, ids: Sequence[int]) -> list[bytes]:
        pieces = []
        for token in ids:
            if self._bytes.is_special(token):  # never a target, so nothing after it is either
                break
            pieces.append(self._bytes.bytes_of(token))
        return pieces

    def _fit(self, encoded: EncodedDocument, end: int) -> tuple[tuple[int, ...], str, tuple[int, ...]] | None:
        """Cut the context before token `end` from the left until its prompt fits.

        Returns the context's tokens and text and the prompt's tokens; None when no token is left.
        """
        start = max(0, end - self._max_context)
        while True:
            while start < end and not begins_character(self._bytes.bytes_of(encoded.ids[start])):
                start += 1
            if start == end:
                return None
            ids = encoded.ids[start:end]
            size = encoded.byte_ends[end - 1] - (encoded.byte_ends[start - 1] if start else 0)
            # Counted from the right: sentencepiece puts a space before the first word of a document.
            context = self._bytes.join(ids)[-size:].decode()
            prompt_ids = self._prompt_ids(context)
            if len(prompt_ids) <= self._max_prompt:
                return ids, context, prompt_ids
            start = min(end, start + len(prompt_ids) - self._max_prompt)

    def _prompt_ids(self, context: str) -> tuple[int, ...]:
        # A chat template writes the special tokens itself; plain text still needs the tokenizer's own.
        own = not self._tokenizer.chat_template
        if not any(name in context for name in self._special_names):
            prompt = self._head + context + self._tail
            return tuple(self._tokenizer(prompt, add_special_tokens=own)["input_ids"])
        # A document that names a special token must not end the user's turn by it.
        parts = (
            self._tokenizer(self._head, add_special_tokens=own),
            self._tokenizer(context, add_special_tokens=False, split_special_tokens=True),
            self._tokenizer(self._tail, add_special_tokens=False),
        )
        return tuple(token for part in parts for token in part["input_ids"])


def next_token(task: Task) -> bytes:
    """The bytes of the task's target token."""
    return task.truth[: task.boundaries[0]]


def lost_share(encoded: Mapping[int, EncodedDocument], positions: Sequence[TokenPosition]) -> float:
    """Share of positions at which no token of the policy begins: a proxy of another vocabulary chose them.

    Args:
        encoded: documents in the policy's tokens, by Document.index; holds every position's document.
        positions: what the proxy's entropies selected.
    """
    lost = sum(_token_index(encoded[at.document], at) is None for at in positions)
    return lost / len(positions) if positions else 0.0


def _token_index(encoded: EncodedDocument, position: TokenPosition) -> int | None:
    """Index of the policy token that begins at the position and has context before it."""
    index = bisect_right(encoded.byte_ends, position.byte_start)
    if index == 0 or index == len(encoded.ids) or encoded.byte_ends[index - 1] != position.byte_start:
        return None
    return index


def _frame(tokenizer: Any, text: str, prefill_think: bool) -> tuple[str, str]:
    """The prompt before and after the context.

    The chat template is rendered around the placeholder, not around the context, because many
    chat templates trim a message, and a context may end in a space that matters.
    """
    if getattr(tokenizer, "chat_template", None):
        messages = [{"role": "user", "content": text}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    else:
        text += "\n\n"
    if prefill_think and not text.rstrip().endswith(THINK_START):
        text += f"{THINK_START}\n"
    head, found, tail = text.partition(PLACEHOLDER)
    if not found:
        raise ForesightError(
            "The model's chat template does not show the message it is given.",
            field="model.name",
            remedy="Choose a model whose chat template takes a user message.",
        )
    return head, tail
