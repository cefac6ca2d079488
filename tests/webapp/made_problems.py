"""A made RLVR run: problems with invented answers, checked by Math-Verify. No model wrote any of it."""

from __future__ import annotations

import base64
import random
from typing import Any

from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from training.answers.check import check_answer
from training.contract.presets import preset
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import Run

PROBLEMS = (
    ("What is 1/2 + 1/4?", "\\frac{3}{4}", ("0.75", "\\frac{3}{4}", "3/4", "\\frac{2}{6}", "1", "")),
    (
        "A bag holds 12 red and 18 blue marbles. Half of the red ones and a third of the blue ones are taken "
        "out. How many marbles are left in the bag?",
        "18",
        ("18", "12", "30", "18 \\text{ marbles}", "\\boxed{1", ""),
    ),
)


def problem_group(step: int, number: int, answers: tuple[str | None, ...]) -> GroupRecord:
    """One group about problem `number`: a rollout for each answer; None never ends its thought."""
    problem, right, _ = PROBLEMS[number]
    rollouts = [_rollout(sample, right, answer) for sample, answer in enumerate(answers)]
    rewards = [one.reward for one in rollouts]
    mean = sum(rewards) / len(rewards)
    return GroupRecord(
        step=step,
        group=number,
        kind="problem",
        document=number,
        document_name=f"problem {number}",
        token_index=0,
        byte_start=0,
        byte_end=0,
        entropy=0.0,
        context=problem,
        prompt=f"{problem}\nReason, then give the answer in a box.",
        truth=right,
        boundaries=(),
        rollouts=tuple(one.model_copy(update={"advantage": round(one.reward - mean, 4)}) for one in rollouts),
    )


def make_answers_run(owner: Any, steps: int = 2) -> Run:
    """A run of `steps` steps with two problems of four rollouts each."""
    run = make_bare_run(owner, MadeRun("answers run", "succeeded", steps, steps))
    run.config = preset("rlvr-demo-cpu").model_dump(mode="json")
    run.step = steps
    run.save()
    dice = random.Random(3)
    for step in range(1, steps + 1):
        groups = [
            problem_group(step, number, (*dice.sample(answers, 3), None))
            for number, (_, _, answers) in enumerate(PROBLEMS)
        ]
        write_groups(run, 1, groups)
    return run


def _rollout(sample: int, right: str, answer: str | None) -> RolloutRecord:
    thought = "<think>First the parts, then their sum. Wait, I should check it."
    response = thought if answer is None else f"{thought}</think> So it is \\boxed{{{answer}}}."
    reward = check_answer(response, right, truncated=answer is None, think_prefilled=False)
    prediction = reward.prediction
    texts = tuple(response.split(" "))
    return RolloutRecord(
        sample=sample,
        response=response,
        thought=reward.thought,
        prediction=None if prediction is None else prediction.decode(),
        prediction_base64=None if prediction is None else base64.b64encode(prediction).decode(),
        reason=reward.reason,
        reward=reward.value,
        advantage=0.0,
        truncated=answer is None,
        token_ids=tuple(range(len(texts))),
        token_texts=texts,
        logprobs=tuple(-0.1 for _ in texts),
    )
