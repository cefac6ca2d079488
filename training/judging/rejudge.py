"""Judge the stored predictions of a run again, under another judge or the other rule; trains nothing.

What needs no judge stays as it was: a response without a prediction, one too short, one that copies.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.rejudge_result import CALLS, Call, Flip, KindReward, RejudgeResult, call_of
from training.contract.rollout_file import GroupRecord, RolloutRecord, read_groups
from training.judging.judge import Judge
from training.judging.pair import Pair, Rule
from training.records import Verdict
from training.rewards.segment import make_pair

JUDGED: dict[str, Call] = {"match": "right", "mismatch": "wrong", "malformed": "malformed"}
"""Reasons that a judge gave, as calls."""
SHOWN = 300  # characters of a prediction and of a reply in a flip
_KINDS = ("asr", "msr")


@dataclass(slots=True)
class _Tally:
    """What was counted so far."""

    steps: int = 0
    groups: int = 0
    rollouts: int = 0
    calls: Counter[tuple[Call, Call]] = field(default_factory=Counter)
    effective: Counter[tuple[bool, bool]] = field(default_factory=Counter)  # groups: before, after
    kinds: Counter[str] = field(default_factory=Counter)  # rollouts
    before: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))  # sums of rewards
    after: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    judges: Counter[str] = field(default_factory=Counter)  # the run's


def step_files(run_dir: Path) -> list[Path]:
    """The rollout files of a run, by step. Raises ForesightError where there are none."""
    files = sorted((run_dir / "rollouts").glob("step_*.zst"))
    if not files:
        raise ForesightError(
            f"{run_dir} holds no rollouts.", field="run", remedy="Name the folder of a run that did a step."
        )
    return files


async def rejudge(
    files: Sequence[Path],
    judge: Judge,
    rule: Rule,
    rule_before: str,
    on_flip: Callable[[Flip], None],
    on_progress: Callable[[int, int], None],
) -> RejudgeResult:
    """Judge the predictions of every step again.

    Args:
        files: rollout files, by step.
        judge: who is asked now.
        rule: the rule to judge by.
        rule_before: the run's.
        on_flip: told of every prediction whose reward changes, in the run's order.
        on_progress: told the steps done, of how many.

    Raises:
        ForesightError: the run's predictions were not judged by anybody; what the judge raises.
    """
    began, tally = time.monotonic(), _Tally()
    for done, path in enumerate(files):
        on_progress(done, len(files))
        groups = [group for group in read_groups(path) if group.kind in _KINDS]
        verdicts = iter(await judge.verdicts([pair for group in groups for pair in _pairs(group, rule)]))
        tally.steps += bool(groups)
        for group in groups:
            for flip in _count(tally, group, verdicts):
                on_flip(flip)
    on_progress(len(files), len(files))
    if not tally.calls:
        raise ForesightError(
            "No prediction of this run was judged.",
            field="run",
            remedy="Name a run of next-segment reasoning (RLPT) that has predictions.",
        )
    return _result(tally, judge.name, rule, rule_before, time.monotonic() - began)


def _pairs(group: GroupRecord, rule: Rule) -> Iterator[Pair]:
    for rollout in group.rollouts:
        if rollout.reason in JUDGED:
            yield make_pair(rule, group.references, _predicted(rollout))


def _predicted(rollout: RolloutRecord) -> str:
    return (rollout.prediction_bytes or b"").decode("utf-8", "replace").strip()


def _count(tally: _Tally, group: GroupRecord, verdicts: Iterator[Verdict]) -> Iterator[Flip]:
    """Take a group's verdicts into the count; yields its flips."""
    rewards: list[tuple[float, float]] = []
    for rollout in group.rollouts:
        reward = rollout.reward
        if rollout.reason in JUDGED:
            verdict, before = next(verdicts), JUDGED[rollout.reason]
            after = call_of(verdict.score)
            reward = float(verdict.score or 0)
            tally.calls[before, after] += 1
            if rollout.verdict is not None:
                tally.judges[rollout.verdict.judge] += 1
            if reward != rollout.reward:
                yield Flip(
                    step=group.step,
                    group=group.group,
                    sample=rollout.sample,
                    kind=group.kind,
                    before=before,
                    after=after,
                    predicted=_predicted(rollout)[:SHOWN],
                    reply=verdict.reply[:SHOWN],
                )
        rewards.append((rollout.reward, reward))
        tally.before[group.kind] += rollout.reward
        tally.after[group.kind] += reward
    tally.groups += 1
    tally.rollouts += len(rewards)
    tally.kinds[group.kind] += len(rewards)
    tally.effective[len({before for before, _ in rewards}) > 1, len({after for _, after in rewards}) > 1] += 1


def _result(tally: _Tally, judge: str, rule: str, rule_before: str, seconds: float) -> RejudgeResult:
    effective = tally.effective
    return RejudgeResult(
        judge=judge,
        rule=rule,
        judge_before=", ".join(name for name, _ in tally.judges.most_common()),
        rule_before=rule_before,
        steps=tally.steps,
        groups=tally.groups,
        rollouts=tally.rollouts,
        judged=tally.calls.total(),
        table=tuple(tuple(tally.calls[before, after] for after in CALLS) for before in CALLS),
        effective_before=effective[True, True] + effective[True, False],
        effective_after=effective[True, True] + effective[False, True],
        gained=effective[False, True],
        lost=effective[True, False],
        reward_before=sum(tally.before.values()) / tally.rollouts,
        reward_after=sum(tally.after.values()) / tally.rollouts,
        kinds=tuple(
            KindReward(
                kind=kind,
                rollouts=tally.kinds[kind],
                before=tally.before[kind] / tally.kinds[kind],
                after=tally.after[kind] / tally.kinds[kind],
            )
            for kind in _KINDS
            if tally.kinds[kind]
        ),
        seconds=seconds,
    )
