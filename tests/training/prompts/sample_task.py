"""A task for tests, with the fields a test cares about."""

from __future__ import annotations

from training.records import Task, TokenPosition

POSITION = TokenPosition(
    document=1,
    index=7,
    byte_start=31,
    byte_end=36,
    token_id=12,
    entropy=1.25,
    truth_logprob=-0.7,
    truth_rank=2,
    argmax_id=9,
)


def make_task(truth: bytes = b" size and", boundaries: tuple[int, ...] = (5, 9)) -> Task:
    """A task whose continuation is `truth`."""
    return Task(
        position=POSITION,
        document_name="sizes",
        context="the name of the",
        prompt="<|im_start|>user\nthe name of the<|im_end|>\n<think>\n",
        prompt_ids=(1, 5, 6, 2),
        context_ids=(5, 6),
        think_prefilled=True,
        truth=truth,
        boundaries=boundaries,
    )
