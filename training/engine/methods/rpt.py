"""Next-token reasoning (RPT): a box after the thought, judged by a rule on bytes; the policy may be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from training.contract.events import EvaluationDone
from training.engine.methods.base import Bench, HeldOut, Outcome, Policy, TaskFacts
from training.engine.recorder import readable
from training.engine.scoring import TokenJudge
from training.evaluation.run import Subject, evaluate, terms_of
from training.models.token_bytes import TokenBytes
from training.prompts.build import next_token
from training.records import RolloutGroup, Task
from training.rewards.dense import dense_reward
from training.rewards.registry import find_rule


class RptMethod:
    """RPT under the experiment's reward."""

    def __init__(self, bench: Bench) -> None:
        rule = bench.config.rpt.reward
        self._bench = bench
        self._judge = TokenJudge(rule, bench.tokenizer, bench.end_ids)
        self._token_bytes = TokenBytes(bench.tokenizer)
        self._baselines = bench.config.evaluation.baselines
        self.conditional = find_rule(rule).conditional

    async def judge(self, task: Task, response_ids: Sequence[int], *, first: bool, policy: Policy) -> Outcome:
        """The reward, the plain argmax at the context for the first response of a group, and the
        policy's probability of the prediction's first token where a dense reward asks for it."""
        argmax = await policy.argmax(task.context_ids) if first and self._baselines else None
        judged = self._judge.judge(task, response_ids)
        probability = None
        if self._judge.asks_policy(judged) and judged.first_id is not None:
            probability = await policy.probability(task.context_ids, judged.first_id)
        return Outcome(
            judged.response,
            judged.truncated,
            dense_reward(judged.reward, probability),
            first_token=judged.first_token,
            first_probability=probability,
            argmax_id=argmax,
        )

    def weight(self, task: Task) -> float:
        return 1.0

    def facts(self, task: Task) -> TaskFacts:
        return token_facts(task)

    def metrics(self, groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
        if not self._baselines:
            return {}
        return baselines(groups, self._bench.constant_answer, self._token_bytes.bytes_of)

    def evaluate(self, held_out: HeldOut) -> EvaluationDone:
        bench = self._bench
        subject = Subject(
            name=bench.config.model.name,
            sampler=held_out.sampler,
            tokenizer=bench.tokenizer,
            end_ids=bench.end_ids,
            parameters=held_out.parameters,
            weights_sha256="",  # these weights lie in no file
        )
        terms = terms_of(bench.config)
        result = evaluate(
            subject, held_out.tasks, terms, held_out.file, lambda done, total: held_out.progressed()
        )
        return EvaluationDone(step=held_out.step, result=result)


def token_facts(task: Task) -> TaskFacts:
    """What a rollout file says of a next-token task."""
    position = task.position
    return TaskFacts(
        kind="token",
        document=position.document,
        document_name=task.document_name,
        token_index=position.index,
        byte_start=position.byte_start,
        byte_end=position.byte_end,
        entropy=position.entropy,
        context=task.context,
        prompt=task.prompt,
        truth=readable(task.truth),
        boundaries=task.boundaries,
    )


def baselines(
    groups: Sequence[RolloutGroup], constant_answer: bytes, bytes_of: Callable[[int], bytes]
) -> dict[str, float | None]:
    """The reference lines of a step: the best constant answer and the plain argmax of the same weights.

    Args:
        groups: the step's groups.
        constant_answer: the training positions' most common right answer.
        bytes_of: a token's raw bytes.

    Returns:
        Shares of the step's contexts; the argmax's is None where it was not measured.
    """
    truths = [(next_token(group.task), group.argmax_id) for group in groups if isinstance(group.task, Task)]
    guesses = [truth == bytes_of(argmax) for truth, argmax in truths if argmax is not None]
    return {
        "baseline/constant": fmean(truth == constant_answer for truth, _ in truths),
        "baseline/argmax": fmean(guesses) if guesses else None,
    }
