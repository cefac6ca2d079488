"""Standard mode: is the plain model's most likely next token the true one? No thought, no prompt."""

from __future__ import annotations

from collections.abc import Sequence

from training.engine.sampler import AskedRule, Sampler
from training.evaluation.answers import Answered, judge_token
from training.models.token_bytes import TokenBytes
from training.records import Task

_ARGMAX = AskedRule(samples=1, temperature=0.0, top_p=1.0, max_new_tokens=1, seed=0)


def standard_answers(sampler: Sampler, tasks: Sequence[Task], token_bytes: TokenBytes) -> list[Answered]:
    """The argmax at the plain context of each task, judged. `token_bytes`: of the model's vocabulary."""
    found = sampler.sample([task.context_ids for task in tasks], _ARGMAX)
    return [
        Answered(task, "standard", (judge_token(task, token_bytes.bytes_of(responses[0].token_ids[0])),))
        for task, responses in zip(tasks, found, strict=True)
    ]
