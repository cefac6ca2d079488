r"""Self-made examples of an answer's form: an arithmetic problem, one line of working, the answer in a box.

`17 + 25 = 42</think>\boxed{42}`: a small model never writes a box on its own, and GRPO has nothing to
learn from a constant reward. The problems are arithmetic of ours whatever the experiment trains on,
drawn with another seed than the built-in set and never one of the experiment's own: the examples teach
a form, and no answer that is asked for later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from training.answers.tasks import ProblemAsker
from training.contract.errors import ForesightError
from training.corpus.arithmetic import exercises
from training.rewards.extract import THINK_END, THINK_START, boxed
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

EXAMPLES_SEED = 1_000_003
"""Plus the experiment's seed: never that of the built-in set."""


def make_examples(
    asker: ProblemAsker,
    tokenizer: PreTrainedTokenizerFast,
    taken: Collection[str],
    *,
    count: int,
    max_response_tokens: int,
    seed: int,
) -> tuple[Labelled, ...]:
    """Make `count` examples.

    Args:
        asker: of the experiment's prompts.
        tokenizer: the policy's.
        taken: texts of the experiment's problems, held-out ones too; none of them is an example.
        count: how many.
        max_response_tokens: a longer response is left out: a sampled one would be truncated.
        seed: draws the problems.

    Raises:
        ForesightError: hardly any response fits `max_response_tokens`.
    """
    known = set(taken)
    start = "" if asker.think_prefilled else f"{THINK_START}\n"
    examples: list[Labelled] = []
    for one in exercises(2 * count + len(known), EXAMPLES_SEED + seed):
        if one.text in known:
            continue
        said = f"{start}{one.working}{THINK_END}{boxed(one.answer)}"
        response = (*tokenizer(said, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
        if len(response) <= max_response_tokens:
            examples.append(Labelled.response(asker.prompt_ids(one.text), response))
        if len(examples) == count:
            return tuple(examples)
    raise ForesightError(
        f"Only {len(examples)} of {count} cold-start examples fit into {max_response_tokens} tokens.",
        field="sampling.max_response_tokens",
        remedy="Raise it; 32 tokens are enough for the short prompt.",
    )
