"""The update by hand: verl's own functions, under this project's settings, on batches small enough to compute."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from omegaconf import DictConfig
from tensordict import NonTensorData, TensorDict
from verl.trainer.ppo.core_algos import agg_loss, compute_grpo_outcome_advantage, get_policy_loss_fn
from verl.utils.config import omega_conf_to_dataclass
from verl.utils.torch_functional import (
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
)
from verl.workers.utils.losses import ppo_loss

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.presets import preset
from training.engine.cpu.fsdp import needs_gradient
from training.engine.overrides import EnginePaths, compose

PATHS = EnginePaths(Path("/m/model"), Path("/m/tasks.parquet"), Path("/m/run7"))
HIT = [1.0, 0, 0, 0, 0, 0, 0, 0]


def config(**optimisation: Any) -> ExperimentConfig:
    data = preset("demo-cpu").model_dump(mode="json")
    data["optimisation"] |= optimisation
    return parse_experiment(data)


def composed(**optimisation: Any) -> DictConfig:
    return compose(config(**optimisation), PATHS, "cpu")


def advantages(*groups: list[float], tokens: int = 3, **optimisation: Any) -> list[list[float]]:
    """verl's advantages of each group under the composed settings; the reward stands at the last token."""
    rewards = torch.zeros(sum(map(len, groups)), tokens)
    rewards[:, -1] = torch.tensor([value for group in groups for value in group])
    names = np.array([f"g{number}" for number, group in enumerate(groups) for _ in group], dtype=object)
    by_std = composed(**optimisation).algorithm.norm_adv_by_std_in_grpo
    found, _ = compute_grpo_outcome_advantage(
        rewards, torch.ones_like(rewards), names, norm_adv_by_std_in_grpo=by_std
    )
    assert bool((found == found[:, :1]).all())  # every token of a response has the same one
    values = iter(found[:, 0].tolist())
    return [[next(values) for _ in group] for group in groups]


def test_one_hit_of_eight_gives_the_papers_advantages() -> None:
    ((first, *others),) = advantages(HIT)
    assert first == pytest.approx(2.475, abs=5e-4)  # 0.875 / (sqrt(0.125) + 1e-6): the std is unbiased
    assert first == pytest.approx(0.875 / (math.sqrt(0.125) + 1e-6), rel=1e-6)
    assert others == pytest.approx([-0.125 / (math.sqrt(0.125) + 1e-6)] * 7, rel=1e-6)
    assert others[0] == pytest.approx(-0.354, abs=5e-4)


def test_dr_grpo_leaves_the_std_out() -> None:
    assert advantages(HIT, normalise_by_std=False) == [[0.875, *[-0.125] * 7]]


def test_groups_are_compared_within_alone() -> None:
    alone = advantages(HIT)[0]
    zero, hit, one = advantages([0.0] * 8, HIT, [1.0] * 8)
    assert hit == alone
    assert zero == one == [0.0] * 8


def policy_loss(
    old: torch.Tensor, new: torch.Tensor, advantage: torch.Tensor, **optimisation: Any
) -> tuple[torch.Tensor, dict[str, float]]:
    actor = omega_conf_to_dataclass(composed(**optimisation).actor_rollout_ref.actor)
    mask = torch.ones_like(new)
    loss, metrics = get_policy_loss_fn("vanilla")(  # type: ignore[no-untyped-call]
        old_log_prob=old,
        log_prob=new,
        advantages=advantage,
        response_mask=mask,
        loss_agg_mode=actor.loss_agg_mode,
        config=actor,
    )
    return loss, metrics


def test_group_of_equal_rewards_gives_no_gradient() -> None:
    new = torch.tensor([[-1.0, -2.0], [-0.5, -0.1]], requires_grad=True)
    values = torch.tensor(advantages([1.0, 1.0])[0])[:, None].expand(2, 2)
    loss, _ = policy_loss(new.detach() + 0.1, new, values)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss) == 0.0
    assert new.grad is not None
    assert torch.equal(new.grad, torch.zeros(2, 2))


def test_first_update_has_ratio_one_and_an_idle_clip() -> None:
    new = torch.tensor([[-1.0, -2.0], [-0.5, -0.1]], requires_grad=True)
    values = torch.tensor([[2.0, 2.0], [-1.0, -1.0]])
    loss, metrics = policy_loss(new.detach().clone(), new, values)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss) == pytest.approx(-(2 + 2 - 1 - 1) / 4)
    assert metrics["actor/pg_clipfrac"] == metrics["actor/ppo_kl"] == 0.0
    assert new.grad is not None
    # The gradient of -A * ratio at ratio 1 is -A, here over 4 tokens.
    torch.testing.assert_close(new.grad, -values / 4)


RATIOS = torch.tensor([[1.1, 1.25, 1.4], [0.9, 0.75, 0.6]])


@pytest.mark.parametrize(
    ("settings", "clipped"),
    [
        ({}, [[False, True, True], [False, True, True]]),
        ({"clip_high": 0.3}, [[False, False, True], [False, True, True]]),
        ({"clip_low": 0.3}, [[False, True, True], [False, False, True]]),
    ],
)
def test_later_update_is_clipped_at_either_end_of_its_own(
    settings: dict[str, float], clipped: list[list[bool]]
) -> None:
    old = torch.full((2, 3), -1.0)
    new = (old + RATIOS.log()).requires_grad_()
    values = torch.tensor([[1.0] * 3, [-1.0] * 3])
    loss, metrics = policy_loss(old, new, values, mini_batch_contexts=1, **settings)
    loss.backward()  # type: ignore[no-untyped-call]
    assert new.grad is not None
    assert (new.grad == 0).tolist() == clipped
    assert metrics["actor/pg_clipfrac"] == pytest.approx(sum(map(sum, clipped)) / 6)


LOSSES = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
MASK = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("token-mean", (1 + 2 + 3 + 4) / 4),
        ("seq-mean-token-mean", (2 + 4) / 2),
        ("seq-mean-token-sum", (6 + 4) / 2),
    ],
)
def test_token_losses_become_one_number(
    mode: Literal["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"], expected: float
) -> None:
    actor = composed(loss_aggregation=mode).actor_rollout_ref.actor
    assert float(agg_loss(LOSSES, MASK, actor.loss_agg_mode)) == pytest.approx(expected)


@pytest.mark.parametrize("mode", ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"])
def test_micro_batches_add_up_to_the_whole(mode: str) -> None:
    batch = {"batch_num_tokens": 4, "global_batch_size": 2}
    parts = [agg_loss(LOSSES[row : row + 1], MASK[row : row + 1], mode, **batch) for row in (0, 1)]
    assert float(sum(parts)) == pytest.approx(float(agg_loss(LOSSES, MASK, mode)))


def test_whole_loss_of_a_group_without_signal_has_no_gradient_to_compute() -> None:
    actor = omega_conf_to_dataclass(composed().actor_rollout_ref.actor)
    batch = TensorDict(
        {"advantages": torch.nested.as_nested_tensor([torch.zeros(2)], layout=torch.jagged)}, batch_size=1
    )
    batch["on_policy"] = NonTensorData(True)
    assert needs_gradient(batch, partial(ppo_loss, config=actor)) is False


def rates(schedule: Any, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        schedule.step()
    return found


def test_schedules_of_the_engine_are_those_the_settings_describe() -> None:
    def adam() -> torch.optim.Optimizer:
        return torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)

    flat = composed(schedule="constant", warmup_steps=2).actor_rollout_ref.actor.optim
    assert (flat.lr_scheduler_type, flat.lr_warmup_steps) == ("constant", 2)
    constant = get_constant_schedule_with_warmup(adam(), flat.lr_warmup_steps)
    assert rates(constant, 4) == [0.0, 0.5, 1.0, 1.0]
    falling = composed(schedule="cosine", warmup_steps=1, min_rate_share=0.1).actor_rollout_ref.actor.optim
    cosine = get_cosine_schedule_with_warmup(adam(), falling.lr_warmup_steps, 5, falling.min_lr_ratio)
    assert rates(cosine, 6) == pytest.approx(
        [0.0, 1.0, *(0.55 + 0.45 * c for c in (2**-0.5, 0.0, -(2**-0.5), -1))]
    )


def test_warm_up_has_to_end_before_the_run() -> None:
    with pytest.raises(Exception, match="warmup_steps"):
        config(steps=5, warmup_steps=5)
