r"""Self-made examples of the answer's form: a prompt, a short thought, the true token in a box.

The prompts are those of the experiment, at positions that GRPO does not train on. The thought
repeats the last tokens of the context and goes on with the true one, which the box then holds:
` value of the list</think>\boxed{ list}`. So the policy predicts the token where a language model
predicts best, after the words themselves, and what it samples there varies from rollout to
rollout, which GRPO needs. The number of repeated tokens is fixed: each is then copied over the same
distance, which a small model learns within a few steps. The examples teach a form, not reasoning.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.models.token_bytes import EncodedDocument
from training.prompts.build import Problem, TaskBuilder
from training.rewards.extract import THINK_END, THINK_START, boxed, writable_in_box
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_TAIL_TOKENS = 5  # of the context, repeated by a thought


@dataclass(frozen=True, slots=True)
class Example:
    """One supervised example, in tokens. Only the response is learnt."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]  # the thought, the box and the end token

    @property
    def labelled(self) -> Labelled:
        """As the learner takes it."""
        return Labelled.response(self.prompt_ids, self.response_ids)


def make_examples(
    builder: TaskBuilder,
    tokenizer: PreTrainedTokenizerFast,
    encoded: Mapping[int, EncodedDocument],
    taken: Collection[tuple[int, int]],
    *,
    count: int,
    max_response_tokens: int,
    min_context: int,
    seed: int,
) -> tuple[Example, ...]:
    """Make `count` examples at random positions of the training documents.

    Args:
        builder: of the experiment's prompts.
        tokenizer: the policy's.
        encoded: the training documents in the policy's tokens, by `Document.index`.
        taken: (document, byte offset of the target) of every position GRPO trains on; left out.
        count: how many examples.
        max_response_tokens: a longer response is left out: a sampled one would be truncated.
        min_context: tokens that must stand before a target.
        seed: draws the positions.

    Raises:
        ForesightError: the documents have not that many free positions.
    """
    draw = random.Random(f"cold start {seed}")
    examples: list[Example] = []
    form = _Form.of(tokenizer, builder.think_prefilled)
    for document, index in _positions(encoded, taken, min_context, draw):
        if len(examples) == count:
            break
        problem = builder.problem(encoded[document], index)
        if problem is None or not _writable(problem):
            continue
        response = form.response(problem.context_ids, encoded[document].ids[index])
        if len(response) <= max_response_tokens:
            examples.append(Example(problem.prompt_ids, response))
    if len(examples) < count:
        raise ForesightError(
            f"Only {len(examples)} of {count} cold-start examples can be made of the free positions.",
            field="cold_start.steps",
            remedy="Lower the steps or the batch size of the cold start, raise sampling.max_response_tokens, "
            "or give more documents.",
        )
    return tuple(examples)


def _positions(
    encoded: Mapping[int, EncodedDocument],
    taken: Collection[tuple[int, int]],
    min_context: int,
    draw: random.Random,
) -> Iterator[tuple[int, int]]:
    """Every free (document, token index), in a drawn order."""
    blocked = set(taken)
    free = [
        (document, index)
        for document, text in sorted(encoded.items())
        for index in range(max(1, min_context), len(text.ids))
        if (document, text.byte_ends[index - 1]) not in blocked
    ]
    draw.shuffle(free)
    yield from free


@dataclass(frozen=True, slots=True)
class _Form:
    """The fixed tokens of a response. It is put together in tokens: text would be cut differently."""

    start: tuple[int, ...]
    middle: tuple[int, ...]
    end: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast, think_prefilled: bool) -> _Form:
        before, after = boxed("|").split("|")

        def ids(text: str) -> tuple[int, ...]:
            return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])

        start = () if think_prefilled else ids(f"{THINK_START}\n")
        return cls(start, ids(THINK_END + before), (*ids(after), tokenizer.eos_token_id))

    def response(self, context_ids: tuple[int, ...], target: int) -> tuple[int, ...]:
        """A right response to a context whose next token is `target`."""
        tail = context_ids[-_TAIL_TOKENS:]
        return (*self.start, *tail, target, *self.middle, target, *self.end)


def _writable(problem: Problem) -> bool:
    """Whether a box holds the target wherever it stands: no half character, no brace."""
    try:
        return writable_in_box(problem.next_token.decode())
    except UnicodeDecodeError:
        return False
