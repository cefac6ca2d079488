"""Conversations as tokens: the model's chat template, and which tokens are the assistant's.

What is learnt is found by rendering beginnings: the prompt that the template makes of the messages before
an answer, and the same with the answer. What stands between is the answer, its end token with it. So the
mask is right for whatever a template does to a message, trimming it or writing something before it. The
tokens of each part are those that the policy meets when it answers: prompt and answer are never merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from training.contract.errors import ForesightError
from training.models.token_bytes import TokenBytes
from training.records import ASSISTANT, Conversation, Message
from training.supervised.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Rendered:
    """The conversations that can be learnt, in order, and how many were left out."""

    examples: tuple[tuple[Labelled, ...], ...]  # of each conversation
    too_long: int
    special: int  # that hold the name of a special token
    longest: int  # tokens that a sequence may have

    @property
    def sequences(self) -> tuple[Labelled, ...]:
        """Those of all conversations."""
        return tuple(one for sequences in self.examples for one in sequences)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was left out and why, in sentences."""
        said = []
        if self.too_long:
            said.append(f"{_conversations(self.too_long)} left out: more than {self.longest} tokens.")
        if self.special:
            said.append(
                f"{_conversations(self.special)} left out: a message holds the text of a special token, which "
                "would be taken for the token itself."
            )
        return tuple(said)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a rendered conversation."""

    text: str
    learnt: bool


class ChatTemplate:
    """A tokenizer's chat template.

    Raises:
        ForesightError: field `model.name`; the tokenizer has none.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise ForesightError(
                "The model's tokenizer has no chat template: it does not say how a conversation is written.",
                field="model.name",
                remedy="Choose a model that has one, or add chat_template.jinja to its folder.",
            )
        self._tokenizer = tokenizer
        self._whole = not TokenBytes(tokenizer).byte_level
        self._specials = tuple(one.content for one in tokenizer.added_tokens_decoder.values() if one.special)

    def names_a_special_token(self, conversation: Conversation) -> bool:
        """Whether a message holds the text of a special token, which would be taken for the token itself."""
        return any(name in one.content for one in conversation.messages for name in self._specials)

    def sequences(self, conversation: Conversation) -> tuple[Labelled, ...]:
        """The conversation's tokens, the assistant's learnt.

        It is one sequence where the template only ever adds to what it has written. Some rewrite earlier
        answers once another message follows (they leave old thoughts out): then each answer is learnt after
        the prompt that the policy would be given, in a sequence of its own.

        Raises:
            ForesightError: field `data.corpus`, the template refuses the messages; field `model.name`, it
                does not end an answer with a special token.
        """
        sequences: list[list[_Part]] = []
        written = ""
        for place, message in enumerate(conversation.messages):
            if message.role != ASSISTANT or place == 0:
                continue
            prompt, answer = self._turn(conversation, place)
            if not sequences or not prompt.startswith(written):
                sequences.append([])
                written = ""
            sequences[-1] += [_Part(prompt[len(written) :], False), _Part(answer, True)]
            written = prompt + answer
        return tuple(self._labelled(parts) for parts in sequences)

    def _turn(self, conversation: Conversation, place: int) -> tuple[str, str]:
        """What stands before the answer at `place`, and the answer with its end token."""
        messages = conversation.messages
        asked = self._render(conversation, messages[:place], False)
        whole = self._render(conversation, messages[: place + 1], False)
        # Where the prompt opens a thought that a past answer does not show, they part after the role.
        prompt = _shared_start(self._render(conversation, messages[:place], True), whole)
        if not prompt.startswith(asked):
            raise ForesightError(
                "The model's chat template writes messages in another way once an answer follows: where the answer "
                "begins cannot be told.",
                field="model.name",
                remedy="Choose another model, or mend its chat template.",
            )
        answer = whole[len(prompt) :]
        end = max((answer.rfind(name) + len(name) for name in self._specials if name in answer), default=0)
        if not end:
            raise ForesightError(
                "The model's chat template does not end an answer with a special token: the model would not "
                "learn to stop.",
                field="model.name",
                remedy="Choose a model whose chat template ends each turn.",
            )
        return prompt, answer if answer[end:].strip() else answer[:end]

    def _render(self, conversation: Conversation, messages: Sequence[Message], generate: bool) -> str:
        from jinja2 import TemplateError

        rows = [{"role": one.role, "content": one.content} for one in messages]
        try:
            text = self._tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=generate)
        except TemplateError as error:
            raise ForesightError(
                f"{conversation.place}: the model's chat template refuses the conversation: {error}",
                field="data.corpus",
                remedy="Correct the roles and their order, or leave the row out.",
            ) from error
        return str(text)

    def _labelled(self, parts: Sequence[_Part]) -> Labelled:
        if self._whole:
            return self._labelled_whole(parts)
        ids: list[int] = []
        learnt: list[bool] = []
        for part in parts:
            found = self._tokenizer(part.text, add_special_tokens=False, verbose=False)["input_ids"]
            ids += found
            learnt += [part.learnt] * len(found)
        return Labelled(tuple(ids), tuple(learnt))

    def _labelled_whole(self, parts: Sequence[_Part]) -> Labelled:
        """In one piece: sentencepiece would put a space before each part."""
        text, starts = "".join(part.text for part in parts), []
        for part in parts:
            starts += [part.learnt] * len(part.text)
        found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        # A token is learnt with its last character: its first may be the space that ends the prompt.
        learnt = (end > start and starts[end - 1] for start, end in found["offset_mapping"])
        return Labelled(tuple(found["input_ids"]), tuple(learnt))


def _shared_start(one: str, other: str) -> str:
    """What both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))]


def render(
    conversations: Iterable[Conversation],
    template: ChatTemplate,
    longest: int,
    on_done: Callable[[int], object] = lambda done: None,
) -> Rendered:
    """All conversations as tokens; one with a sequence of more than `longest` tokens is left out, never cut.

    `on_done` is told before each how many are done.
    """
    examples: list[tuple[Labelled, ...]] = []
    too_long = special = 0
    for done, conversation in enumerate(conversations):
        on_done(done)
        if template.names_a_special_token(conversation):
            special += 1
            continue
        sequences = template.sequences(conversation)
        if max(len(one.ids) for one in sequences) > longest:
            too_long += 1
        else:
            examples.append(sequences)
    return Rendered(tuple(examples), too_long, special, longest)


def _conversations(count: int) -> str:
    return f"{count:,} conversations were" if count > 1 else "1 conversation was"
