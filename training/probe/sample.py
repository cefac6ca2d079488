"""Which positions are probed, and what their rollouts earn."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.contract.experiment import ExperimentConfig
from training.contract.probe_result import ProbedGroup
from training.engine.overrides import Device
from training.engine.sampler import ROLLOUTS_TOGETHER, AskedRule, Sampler, load_sampler
from training.engine.scoring import Judged, TokenJudge
from training.models.generate import Sampled
from training.probe.groups import bin_of
from training.records import Task, TokenPosition

_TAIL = 80  # characters of the context that a list shows
_TRUTH = 24  # characters of the continuation


@dataclass(frozen=True, slots=True)
class Drawn:
    """The judged rollouts of one task."""

    task: Task
    judged: tuple[Judged, ...]
    lengths: tuple[int, ...]  # response tokens, end token counted

    @property
    def boxed(self) -> int:
        """Rollouts with a non-empty answer in a box."""
        return sum(bool(one.reward.prediction) for one in self.judged)

    @property
    def truncated(self) -> int:
        return sum(one.truncated for one in self.judged)

    @property
    def rewards(self) -> tuple[float, ...]:
        return tuple(one.reward.value for one in self.judged)


def picking_order(positions: Sequence[TokenPosition], seed: int) -> Iterator[TokenPosition]:
    """Every position once: one of each entropy bin in turn, within a bin in a drawn order.

    Rare entropies are probed as often as common ones; what is said of the whole is weighted with how
    many positions lie in each bin.
    """
    bins: dict[int, list[TokenPosition]] = {}
    for position in positions:
        bins.setdefault(bin_of(position.entropy), []).append(position)
    for place, members in sorted(bins.items()):
        random.Random(f"probe {seed}:{place}").shuffle(members)
    waiting = [iter(members) for _, members in sorted(bins.items())]
    while waiting:
        for left in list(waiting):
            found = next(left, None)
            if found is None:
                waiting.remove(left)
            else:
                yield found


@dataclass(frozen=True, slots=True)
class Prober:
    """Draws the groups of tasks, and judges them."""

    sampler: Sampler
    judge: TokenJudge
    rule: AskedRule
    together: int  # responses asked for in one call, about

    def draw(self, tasks: Sequence[Task], on_progress: Callable[[int], None]) -> list[Drawn]:
        """`rule.samples` judged responses to each task; `on_progress` hears how many groups are done."""
        found: list[Drawn] = []
        size = max(1, self.together // self.rule.samples)
        for start in range(0, len(tasks), size):
            part = tasks[start : start + size]
            given = self.sampler.sample([task.prompt_ids for task in part], self.rule)
            found += [self._judged(task, responses) for task, responses in zip(part, given, strict=True)]
            on_progress(len(found))
        return found

    def _judged(self, task: Task, responses: Sequence[Sampled]) -> Drawn:
        judged = tuple(self.judge.judge(task, response.token_ids) for response in responses)
        return Drawn(task, judged, tuple(len(response.token_ids) for response in responses))


def load_prober(
    config: ExperimentConfig, weights: Path, device: Device, judge: TokenJudge, samples: int
) -> Prober:
    """Draws as rollouts of the experiment are drawn; the same experiment and seed draw the same responses."""
    sampling, resources = config.sampling, config.resources
    sampler = load_sampler(
        weights,
        device=device,
        max_tokens=sampling.max_prompt_tokens + sampling.max_response_tokens,
        precision=resources.precision,
        seed=config.seed,
        tensor_parallel=resources.tensor_parallel,
        gpu_memory_share=resources.gpu_memory_share,
    )
    rule = AskedRule(samples, sampling.temperature, sampling.top_p, sampling.max_response_tokens, seed=None)
    return Prober(sampler, judge, rule, ROLLOUTS_TOGETHER[device])


def record(drawn: Drawn) -> ProbedGroup:
    """A group as it is kept."""
    task, at = drawn.task, drawn.task.position
    return ProbedGroup(
        document=at.document,
        document_name=task.document_name,
        token_index=at.index,
        byte_start=at.byte_start,
        byte_end=at.byte_end,
        entropy=at.entropy,
        context_tail=task.context[-_TAIL:],
        truth=task.truth.decode("utf-8", "replace")[:_TRUTH],
        rewards=drawn.rewards,
        boxed=drawn.boxed,
        truncated=drawn.truncated,
    )
