"""Which rate a step has and which examples it takes: exact values, and the engine's own schedule beside them."""

from __future__ import annotations

import pytest
import torch

from training.supervised.order import batch_places, steps_per_epoch
from training.supervised.schedule import learning_rate


def test_cosine_without_warm_up_begins_at_the_peak_and_nears_its_end() -> None:
    assert learning_rate(1.0, 1, 16, lowest_share=0.1) == 1.0
    assert learning_rate(1.0, 9, 16, lowest_share=0.1) == pytest.approx(0.55)
    assert learning_rate(1.0, 17, 16, lowest_share=0.1) == pytest.approx(0.1)


def test_warm_up_rises_evenly_from_nothing() -> None:
    rates = [learning_rate(2.0, step, 8, warmup=4) for step in range(1, 6)]
    assert rates == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_constant_stays_after_the_warm_up() -> None:
    rates = [learning_rate(2.0, step, 5, schedule="constant", warmup=2) for step in range(1, 6)]
    assert rates == [0.0, 1.0, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(("warmup", "lowest"), [(0, 0.0), (3, 0.0), (3, 0.2)])
def test_cosine_is_the_engines_own(warmup: int, lowest: float) -> None:
    from verl.utils.torch_functional import get_cosine_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2e-5)
    theirs = get_cosine_schedule_with_warmup(optimizer, warmup, 12, min_lr_ratio=lowest)
    for step in range(1, 13):
        ours = learning_rate(2e-5, step, 12, warmup=warmup, lowest_share=lowest)
        assert ours == pytest.approx(theirs.get_last_lr()[0]), step
        optimizer.step()
        theirs.step()


def test_epoch_takes_every_example_once_and_its_last_step_takes_the_rest() -> None:
    assert steps_per_epoch(10, 4) == 3
    steps = [batch_places(step, count=10, batch_size=4, seed=0) for step in (1, 2, 3)]
    assert [len(places) for places in steps] == [4, 4, 2]
    assert sorted(place for places in steps for place in places) == list(range(10))


def test_epochs_have_orders_of_their_own_made_by_the_seed() -> None:
    def epoch(number: int, seed: int) -> tuple[int, ...]:
        return batch_places(number, count=10, batch_size=10, seed=seed)

    assert epoch(1, 0) == epoch(1, 0)
    assert len({epoch(1, 0), epoch(2, 0), epoch(3, 0), epoch(1, 1)}) == 4


def test_batch_larger_than_all_examples_takes_each_once() -> None:
    assert sorted(batch_places(2, count=3, batch_size=8, seed=5)) == [0, 1, 2]
