"""Made groups of next-segment rollouts: invented predictions, judged by the real gates and the word overlap.

No model wrote any of this.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Literal

from training.contract.rollout_file import GroupRecord, RolloutRecord, VerdictRecord
from training.contract.settings.segments import RlptConfig
from training.judging.deterministic_for_tests import DeterministicForTests
from training.judging.pair import Pair, Rule
from training.records import Reward, SegmentTask, Verdict
from training.rewards.segment import Asked, examine, settle

CONTEXT = "Let x be an even number. "
REFERENCES = ("Then x is two times k. ", "So x squared is four times k squared. ", "It is even. ")
FOLLOWING = "So x squared is four times k squared. "
ONE = "Then x is two times k."  # right under both rules
TWO = "Then x is two times k. So x squared is four times k squared."  # right under prefix alone
OTHER = "Perhaps y was odd all along."
SHORT = "Then"


def made_group(
    step: int,
    group: int,
    predictions: Sequence[str | None],
    *,
    kind: Literal["asr", "msr"] = "asr",
    rule: Rule = "prefix",
    malformed: bool = False,
    references: tuple[str, ...] = REFERENCES,
) -> GroupRecord:
    """One group: a rollout for each prediction; None has no tags. `malformed`: the judge never decides."""
    task = _task(kind, references)
    config = RlptConfig(rule=rule)
    rollouts = []
    for sample, prediction in enumerate(predictions):
        tagged = f"<|startofprediction|>{prediction}<|endofprediction|>"
        response = "So it goes on.</think> " + ("No idea." if prediction is None else tagged)
        examined = examine(task, response, truncated=False, end_tokens=(), config=config)
        verdict = None if isinstance(examined, Reward) else judged(examined, malformed)
        rollouts.append(_record(sample, response, settle(examined, verdict)))
    return GroupRecord(
        step=step,
        group=group,
        kind=kind,
        document=3,
        document_name="a made proof",
        token_index=task.index,
        byte_start=task.byte_start,
        byte_end=task.byte_end,
        entropy=0.0,
        context=CONTEXT,
        prompt=CONTEXT,
        truth=references[0],
        boundaries=(),
        references=references,
        following=task.following,
        weight=0.5 if kind == "msr" else 1.0,
        rollouts=tuple(rollouts),
    )


def judged(asked: Asked, malformed: bool) -> Verdict:
    """What the word overlap says; or a reply that decides nothing."""
    if malformed:
        return Verdict(None, "Who knows.", "made judge", False, 0.1)
    return overlap_verdict(asked.pair)


def overlap_verdict(pair: Pair) -> Verdict:
    found: list[Verdict] = []
    asyncio.run(DeterministicForTests().ask([pair], lambda at, verdict, keep=True: found.append(verdict)))
    return found[0]


def _task(kind: Literal["asr", "msr"], references: tuple[str, ...]) -> SegmentTask:
    return SegmentTask(
        kind=kind,
        document=3,
        document_name="a made proof",
        index=1,
        byte_start=len(CONTEXT),
        byte_end=len(CONTEXT) + len(references[0].encode()),
        context=CONTEXT,
        following=FOLLOWING if kind == "msr" else "",
        references=references,
        prompt=CONTEXT,
        prompt_ids=(1, 2),
        think_prefilled=True,
    )


def _record(sample: int, response: str, reward: Reward) -> RolloutRecord:
    verdict, prediction = reward.verdict, reward.prediction
    return RolloutRecord(
        sample=sample,
        response=response,
        thought=reward.thought,
        prediction=None if prediction is None else prediction.decode(),
        prediction_base64=None if prediction is None else base64.b64encode(prediction).decode(),
        reason=reward.reason,
        reward=reward.value,
        advantage=0.0,
        truncated=False,
        token_ids=(1, 2, 3),
        token_texts=("a", "b", "c"),
        logprobs=(-0.1, -0.2, -0.3),
        verdict=None
        if verdict is None
        else VerdictRecord(
            score=verdict.score,
            reply=verdict.reply,
            judge=verdict.judge,
            cached=verdict.cached,
            seconds=verdict.seconds,
        ),
    )
