"""Reasoning mode: a thought, then the answer in a box, judged by the prefix rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.engine.sampler import AskedRule, Sampler
from training.engine.tokens import decode
from training.evaluation.answers import Answered, judge_response
from training.records import Task


def reasoning_answers(
    sampler: Sampler, tasks: Sequence[Task], rule: AskedRule, tokenizer: Any, end_ids: Sequence[int]
) -> list[Answered]:
    """`rule.samples` responses to each task's own prompt, judged.

    Args:
        sampler: the model.
        tasks: with prompts in the model's tokens.
        rule: how responses are drawn.
        tokenizer: the model's.
        end_ids: the tokens that end a response.
    """
    ends = [decode(tokenizer, [token]) for token in end_ids]
    found = sampler.sample([task.prompt_ids for task in tasks], rule)
    return [
        Answered(
            task,
            "reasoning",
            tuple(
                judge_response(
                    task,
                    decode(tokenizer, one.token_ids),
                    length=len(one.token_ids),
                    truncated=one.truncated,
                    end_tokens=ends,
                )
                for one in responses
            ),
        )
        for task, responses in zip(tasks, found, strict=True)
    ]
