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
from training.prompts.frame import PromptFrame
from training.prompts.registry import PLACEHOLDER, template_of
from training.records import Document, Task, TokenPosition


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
        self._bytes = token_bytes
        self._max_context = config.positions.max_context
        self._max_prompt = config.sampling.max_prompt_tokens
        self._horizon = config.rpt.horizon
        self._frame = PromptFrame(
            tokenizer, template_of(config.rpt), (PLACEHOLDER,), config.rpt.prefill_think
        )
        self.think_prefilled = self._frame.think_prefilled
        empty = len(self._frame.ids(""))
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
            prompt=self._frame.text(problem.context),
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
        found = self.fit(encoded, index)
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

    def prompt(self, context: str) -> str:
        """The whole prompt as text, for a context as `fit` gives it."""
        return self._frame.text(context)

    def fit(self, encoded: EncodedDocument, end: int) -> tuple[tuple[int, ...], str, tuple[int, ...]] | None:
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
            prompt_ids = self._frame.ids(context)
            if len(prompt_ids) <= self._max_prompt:
                return ids, context, prompt_ids
            start = min(end, start + len(prompt_ids) - self._max_prompt)


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
