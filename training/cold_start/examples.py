r"""Self-made examples of the answer's form: a prompt, a short thought, the true token in a box.

The prompts are those of the experiment, at positions that GRPO does not train on. A thought
repeats the last words of the context and names two candidates, the true token and one from
elsewhere in the document. It comes in several forms and either order, so that a policy sampled
after the cold start says different things and GRPO can prefer some of them. No thought is
anyone's reasoning: the examples teach a form, not knowledge.
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

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_TAIL_WORDS = 3
_TRIES = 8  # draws of the other candidate
_FORMS = (
    '"{tail}" then "{first}" or "{second}"?',
    'Ends with "{tail}". "{first}" or "{second}".',
    '"{tail}{first}" or "{tail}{second}"?',
)


@dataclass(frozen=True, slots=True)
class Example:
    """One supervised example, in tokens. Only the response is learnt."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]  # the thought, the box and the end token


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
        seed: draws the positions and the thoughts.

    Raises:
        ForesightError: the documents have not that many free positions.
    """
    draw = random.Random(f"cold start {seed}")
    examples: list[Example] = []
    for document, index in _positions(encoded, taken, min_context, draw):
        if len(examples) == count:
            break
        problem = builder.problem(encoded[document], index)
        response = problem and _response(builder, problem, encoded[document], draw)
        if not problem or not response:
            continue
        ids = tokenizer(response, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        if len(ids) < max_response_tokens:
            examples.append(Example(problem.prompt_ids, (*ids, tokenizer.eos_token_id)))
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


def _response(
    builder: TaskBuilder, problem: Problem, document: EncodedDocument, draw: random.Random
) -> str | None:
    """A response that is right, or None where no box can hold the truth safely."""
    truth = _writable(problem)
    wrong = _other_token(builder, document, truth, draw)
    if truth is None or wrong is None:
        return None
    tail = " ".join(problem.context.split()[-_TAIL_WORDS:])
    first, second = draw.sample((truth, wrong), 2)
    thought = draw.choice(_FORMS).format(tail=tail, first=first, second=second)
    start = "" if builder.think_prefilled else f"{THINK_START}\n"
    return f"{start}{thought}{THINK_END}{boxed(truth)}"


def _other_token(
    builder: TaskBuilder, document: EncodedDocument, truth: str | None, draw: random.Random
) -> str | None:
    """A token from elsewhere in the document that is not the true one."""
    for _ in range(_TRIES):
        problem = builder.problem(document, draw.randrange(1, len(document.ids)))
        token = problem and _writable(problem)
        if token and token != truth:
            return token
    return None


def _writable(problem: Problem) -> str | None:
    """The target as text that a box holds wherever it stands; None for half a character or a brace."""
    try:
        token = problem.next_token.decode()
    except UnicodeDecodeError:
        return None
    return token if writable_in_box(token) else None
