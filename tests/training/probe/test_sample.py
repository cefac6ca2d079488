"""Which positions are probed, and how rollouts become groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from tests.training.prompts.sample_task import POSITION, make_task
from training.engine.sampler import AskedRule
from training.engine.scoring import Judged
from training.models.generate import Sampled
from training.probe.prompts_table import row_of
from training.probe.sample import Drawn, Prober, picking_order, record
from training.records import Reward


def judged(value: float, *, truncated: bool = False, prediction: bytes | None = b" size") -> Judged:
    reward = Reward(value, "match" if value else "mismatch", prediction, "")
    said: Any = {"response": "", "truncated": truncated, "reward": reward}
    return Judged(**{field.name: said.get(field.name) for field in fields(Judged)})


def drawn(*values: float) -> Drawn:
    return Drawn(make_task(), tuple(judged(value) for value in values), (4,) * len(values))


def test_picking_order_takes_the_bins_in_turn_and_every_position_once() -> None:
    entropies = [0.6, 0.7, 0.8, 0.9, 1.2, 2.1]
    positions = [replace(POSITION, index=place, entropy=value) for place, value in enumerate(entropies)]
    order = list(picking_order(positions, seed=0))
    assert sorted(at.index for at in order) == [0, 1, 2, 3, 4, 5]
    assert [at.entropy for at in order[1:3]] == [1.2, 2.1]
    assert {at.entropy for at in order[3:]} | {order[0].entropy} == {0.6, 0.7, 0.8, 0.9}
    assert list(picking_order(positions, seed=0)) == order


class Parrot:
    """Answers every prompt with its own first token."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        self.calls.append(len(prompts))
        return [[Sampled(prompt[:1], (0.0,), truncated=True)] * rule.samples for prompt in prompts]


class Even:
    """Right where the token is even."""

    def judge(self, task: object, response: Sequence[int]) -> Judged:
        return judged(float(response[0] % 2 == 0))


def test_prober_keeps_the_tasks_order_and_tells_how_far_it_is() -> None:
    tasks = [replace(make_task(), prompt_ids=(token,)) for token in (2, 3, 4)]
    parrot, heard = Parrot(), list[int]()
    rule = AskedRule(samples=2, temperature=1.0, top_p=1.0, max_new_tokens=1, seed=None)
    prober = Prober(parrot, Even(), rule, together=4)  # type: ignore[arg-type]
    found = prober.draw(tasks, heard.append)
    assert [one.rewards for one in found] == [(1.0, 1.0), (0.0, 0.0), (1.0, 1.0)]
    assert (parrot.calls, heard) == ([2, 1], [2, 3])


def test_record_counts_boxes_and_cut_responses() -> None:
    parts = (judged(1.0), judged(0.0, prediction=None), judged(0.0, truncated=True, prediction=b""))
    group = record(Drawn(make_task(), parts, (4, 5, 6)))
    assert (group.rewards, group.boxed, group.truncated) == ((1.0, 0.0, 0.0), 1, 1)
    assert (group.truth, group.context_tail, group.entropy) == (" size and", "the name of the", 1.25)
    assert group.pass_rate == 1 / 3


def test_row_of_a_template_has_random_at_1_and_pass_at_k() -> None:
    # c of n: 1 of 4 and 0 of 4. Pass@2 of the first: 1 - C(3,2)/C(4,2) = 0.5.
    row = row_of("v0", [drawn(1, 0, 0, 0), drawn(0, 0, 0, 0)], k=2)
    assert (row.random_at_1, row.pass_at_k) == (0.125, 0.25)
    assert (row.boxed, row.truncated, row.response_tokens, row.prompt_tokens) == (1.0, 0.0, 4.0, 4.0)
    assert row.random_interval[0] < 0.125 < row.random_interval[1]


def test_row_of_all_responses_pass_at_k_of_one_is_random_at_1() -> None:
    row = row_of("v0", [drawn(1, 0), drawn(1, 1)], k=1)
    assert row.random_at_1 == row.pass_at_k == 0.75
