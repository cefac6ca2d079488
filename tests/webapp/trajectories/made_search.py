"""A small run whose rollouts differ in everything that a search can ask for."""

from __future__ import annotations

import base64
from typing import Any

from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import Run
from webapp.trajectories.index.build import index_run


def rollout(
    sample: int,
    response: str,
    prediction: str | None = None,
    reason: str = "mismatch",
    reward: float = 0.0,
    length: int = 3,
) -> RolloutRecord:
    return RolloutRecord(
        sample=sample,
        response=response,
        thought=response,
        prediction=prediction,
        prediction_base64=None if prediction is None else base64.b64encode(prediction.encode()).decode(),
        reason=reason,
        reward=reward,
        advantage=reward - 0.5,
        truncated=reason == "truncated",
        token_ids=tuple(range(length)),
        token_texts=tuple("x" for _ in range(length)),
        logprobs=tuple(-0.5 for _ in range(length)),
    )


def group(
    step: int, number: int, rollouts: list[RolloutRecord], context: str, truth: str, entropy: float = 1.0
) -> GroupRecord:
    return GroupRecord(
        step=step, group=number, document=0, document_name="Doc", token_index=4, byte_start=10 * number,
        byte_end=10 * number + 5, entropy=entropy, context=context, prompt=f"Complete: {context}", truth=truth,
        boundaries=(5, len(truth.encode())), rollouts=tuple(rollouts),
    )  # fmt: skip


HIT = rollout(0, "Wait, the proton. So: size.", " size", "match", 1.0, length=9)
SHARED = rollout(1, "Probably the sea.", " sit")
CUT = rollout(0, "It goes on and on", None, "truncated", length=20)
FORM = rollout(1, "I conclude: Size", " SIZE", length=5)
LATE = rollout(0, "The answer is <img src=x onerror=alert(1)>", "mass", length=4)


def make_searched_run(owner: Any) -> Run:
    """Five rollouts in three groups of the steps 1, 2 and 4, in the order HIT, SHARED, CUT, FORM, LATE; indexed."""
    run = make_bare_run(owner, MadeRun("searched", "succeeded", steps=4, steps_asked=4))
    write_groups(run, 1, [group(1, 0, [HIT, SHARED], "The proton has a", " size and", entropy=0.4)])
    write_groups(run, 1, [group(2, 0, [CUT, FORM], "Its mass 质子 has a", " size and", entropy=1.7)])
    write_groups(run, 1, [group(4, 0, [LATE], "Something else", " mass now", entropy=1.2)])
    index_run(run)
    return run
