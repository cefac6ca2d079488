"""Next-segment reasoning (RLPT): a segment between tags, which the run's judge compares with the text."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from training.contract.events import TasksEvaluated
from training.contract.settings.segments import RlptConfig
from training.engine.methods.base import Bench, HeldOut, Outcome, Policy, TaskFacts
from training.engine.methods.graded import evaluate_tasks
from training.evaluation.task_scores import TaskAnswers
from training.records import Reward, Rollout, RolloutGroup, SegmentTask
from training.rewards.segment import Asked, examine, settle

SHOWN_CONTEXT = 400
"""Characters of the context's end that a table of answers shows."""
_VERDICTS = {
    "verdict/right": "match",
    "verdict/wrong": "mismatch",
    "verdict/malformed": "malformed",
    "verdict/too_short": "too_short",
    "verdict/copied": "copied",
}


class RlptMethod:
    """RLPT under the experiment's rule and judge."""

    conditional = False

    def __init__(self, bench: Bench) -> None:
        method = bench.config.method
        assert isinstance(method, RlptConfig)
        self._bench = bench
        self._method = method
        self._end_tokens = bench.end_tokens

    async def judge(
        self, task: SegmentTask, response_ids: Sequence[int], *, first: bool, policy: Policy
    ) -> Outcome:
        """The reward where it needs no judge, else by the judge's verdict."""
        return await self._judge(task, response_ids)

    def weight(self, task: SegmentTask) -> float:
        """J = E_ASR[r] + lambda E_MSR[r] (RLPT Eq. 4)."""
        return self._method.msr_weight if task.kind == "msr" else 1.0

    def facts(self, task: SegmentTask) -> TaskFacts:
        return TaskFacts(
            kind=task.kind,
            document=task.document,
            document_name=task.document_name,
            token_index=task.index,
            byte_start=task.byte_start,
            byte_end=task.byte_end,
            context=task.context,
            prompt=task.prompt,
            truth=task.references[0],
            references=task.references,
            following=task.following,
            weight=self.weight(task),
        )

    def metrics(self, groups: Sequence[RolloutGroup]) -> dict[str, float | None]:
        """Reward and length by task, and what became of the predictions. None: no such task in the step."""
        of_kind: dict[str, list[Rollout]] = {"asr": [], "msr": []}
        for group in groups:
            assert isinstance(group.task, SegmentTask)
            of_kind[group.task.kind] += group.rollouts
        every = [rollout for rollouts in of_kind.values() for rollout in rollouts]
        found: dict[str, float | None] = {
            key: fmean(rollout.reward.reason == reason for rollout in every)
            for key, reason in _VERDICTS.items()
        }
        for kind, rollouts in of_kind.items():
            found[f"reward/{kind}"] = fmean(one.reward.value for one in rollouts) if rollouts else None
            found[f"response/length_{kind}"] = (
                fmean(len(one.response_ids) for one in rollouts) if rollouts else None
            )
        return found

    def evaluate(self, held_out: HeldOut) -> TasksEvaluated:
        """Pass@1 of ASR and MSR, judged as in training."""
        judge, model = self._bench.config.judge, self._bench.config.model.name
        name = (
            f"{judge.kind} {judge.model or model}" if judge.kind != "deterministic_for_tests" else judge.kind
        )
        return evaluate_tasks(
            self._bench,
            held_out,
            what="segments",
            rule=f"{self._method.rule} by {name}",
            prompt=self._method.template,
            judge=self._judge,
            question=_question,
        )

    async def _judge(self, task: SegmentTask, response_ids: Sequence[int]) -> Outcome:
        response, truncated = self._bench.read(response_ids)
        examined = examine(
            task, response, truncated=truncated, end_tokens=self._end_tokens, config=self._method
        )
        if isinstance(examined, Reward):
            return Outcome(response, truncated, examined)
        assert self._bench.ask is not None
        verdict = await self._bench.ask(examined.pair)
        if verdict is None:
            return Outcome(response, truncated, _none_yet(examined), settled=False)
        return Outcome(response, truncated, settle(examined, verdict))


def _none_yet(asked: Asked) -> Reward:
    """In the place of a reward that a judge did not give: what was predicted is kept."""
    return Reward(0.0, "malformed", asked.prediction, asked.thought)


def _question(task: SegmentTask) -> TaskAnswers:
    place = f"{task.kind} {task.document_name} {task.document} {task.byte_start} {task.byte_end}"
    gap = f"\n\n<MASK>\n\n{task.following}" if task.kind == "msr" else ""
    return TaskAnswers(
        kind=task.kind,
        identity=place,
        document=task.document,
        document_name=task.document_name,
        asked=task.context[-SHOWN_CONTEXT:] + gap,
        truth=task.references[0],
        answers=(),
    )
