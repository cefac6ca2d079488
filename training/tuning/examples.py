"""Examples of a cold start that are taken from conversations, in place of self-made ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.corpus.conversations import read_conversations
from training.supervised.labelled import Labelled
from training.supervised.order import batch_places
from training.tuning.chat import ChatTemplate, render

_FIELD = "cold_start.conversations"


def conversation_examples(
    config: ExperimentConfig, tokenizer: Any, warn: Callable[[str], object]
) -> tuple[Labelled, ...]:
    """As many examples as the cold start takes: `cold_start.steps` times its batch.

    They are gone through in seeded orders, again and again where they are too few.

    Args:
        config: `cold_start.conversations` names the corpus; `sampling` says how long a sequence may be.
        tokenizer: the policy's.
        warn: is given a sentence about what was left out.

    Raises:
        ForesightError: field `cold_start.conversations`; the corpus cannot be read, or nothing of it is left.
    """
    settings, sampling = config.cold_start, config.sampling
    longest = sampling.max_prompt_tokens + sampling.max_response_tokens
    try:
        read = read_conversations(config.data.model_copy(update={"corpus": settings.conversations}))
        found = render(read.conversations, ChatTemplate(tokenizer), longest)
    except ForesightError as error:
        if error.field != "data.corpus":
            raise
        raise ForesightError(error.message, field=_FIELD, remedy=error.remedy) from error
    for sentence in found.left_out:
        warn(sentence)
    examples = found.sequences
    if not examples:
        raise ForesightError(
            f"None of the conversations fits into {longest} tokens, a prompt and a response together.",
            field=_FIELD,
            remedy="Raise sampling.max_prompt_tokens, or use shorter conversations.",
        )
    wanted = settings.steps * settings.batch_size
    epochs = range(1, 2 + wanted // len(examples))
    places = (
        place
        for epoch in epochs
        for place in batch_places(epoch, count=len(examples), batch_size=len(examples), seed=config.seed)
    )
    return tuple(examples[place] for place in islice(places, wanted))
