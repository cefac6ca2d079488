"""Self-made examples of RLPT's answers: a prompt, a short thought, the true segment between the tags.

The prompts are those of the experiment, at segments that GRPO does not ask. The thought says where the
text stops, in its own last words, and in MSR also where it goes on. So a small model learns where to
look and how an answer is written. The examples teach a form, not reasoning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.models.token_bytes import EncodedDocument
from training.prompts.segment_draw import Target, endless_tasks
from training.prompts.segment_tasks import SegmentTaskBuilder
from training.records import SegmentedDocument, SegmentTask
from training.rewards.extract import THINK_END, THINK_START
from training.rewards.tags import END, START
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_TAIL_WORDS = 5  # of the context, repeated by a thought
_HEAD_WORDS = 3  # of the segment after the gap


def make_segment_examples(
    builder: SegmentTaskBuilder,
    tokenizer: PreTrainedTokenizerFast,
    cuts: Mapping[int, SegmentedDocument],
    encoded: Mapping[int, EncodedDocument],
    free: Sequence[Target],
    *,
    asr_share: float,
    count: int,
    max_response_tokens: int,
    seed: int,
) -> tuple[Labelled, ...]:
    """Make `count` examples, ASR and MSR in the experiment's share.

    Args:
        builder: of the experiment's prompts.
        tokenizer: the policy's.
        cuts: the training documents in segments, by Document.index.
        encoded: the same documents in the policy's tokens.
        free: segments that GRPO does not ask.
        asr_share: of the examples.
        count: how many.
        max_response_tokens: a longer response is left out: a sampled one would be truncated.
        seed: draws the segments.

    Raises:
        ForesightError: there are not that many free segments whose response fits.
    """
    form = _Form(tokenizer)
    examples: list[Labelled] = []
    seen: set[Target] = set()
    # Another seed than the run's own tasks: else the turn of kinds would be the same.
    for task in endless_tasks(builder, cuts, encoded, free, asr_share=asr_share, seed=seed + 1):
        target = (task.document, task.index)
        if len(examples) == count or target in seen:
            break
        seen.add(target)
        response = form.response(task)
        if len(response) <= max_response_tokens:
            examples.append(Labelled.response(task.prompt_ids, response))
    if len(examples) < count:
        raise ForesightError(
            f"Only {len(examples)} of {count} cold-start examples can be made of the segments that GRPO leaves free.",
            field="cold_start.steps",
            remedy="Lower the steps or the batch size of the cold start, raise sampling.max_response_tokens, "
            "lower segments.max_characters, or give more documents.",
        )
    return tuple(examples)


class _Form:
    """A right response, put together in tokens: the text in it can name no special token."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer

    def response(self, task: SegmentTask) -> tuple[int, ...]:
        """The thought, the target between the tags and the end token."""
        start = "" if task.think_prefilled else f"{THINK_START}\n"
        tail = " ".join(task.context.split()[-_TAIL_WORDS:])
        target = task.references[0].strip()
        parts: tuple[str, ...]
        if task.kind == "asr":
            parts = (f'{start}The text stops at "', tail, f'".{THINK_END}{START}', target, END)
        else:
            head = " ".join(task.following.split()[:_HEAD_WORDS])
            parts = (
                f'{start}The gap is between "',
                tail,
                '" and "',
                head,
                f'".{THINK_END}{START}',
                target,
                END,
            )
        ids = [
            token
            for place, part in enumerate(parts)
            for token in self._tokenizer(part, add_special_tokens=False, split_special_tokens=place % 2 == 1)[
                "input_ids"
            ]
        ]
        return (*ids, self._tokenizer.eos_token_id)
