"""RLPT's own settings as verl gets them (METHODS B7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from training.contract.experiment import parse_experiment
from training.contract.presets import preset
from training.contract.settings.segments import RlptConfig
from training.engine.overrides import EnginePaths, compose

PATHS = EnginePaths(Path("/m/model"), Path("/m/tasks.parquet"), Path("/m/run7"))


@pytest.mark.parametrize("nodes", [1, 4])
def test_paper_preset_gives_rlpts_settings(nodes: int) -> None:
    data = preset("rlpt-paper").model_dump(mode="json")
    data["resources"]["nodes"] = nodes
    composed = compose(parse_experiment(data), PATHS, "cuda")
    expected = {
        "data.train_batch_size": 512,
        "data.max_prompt_length": 4096,
        "data.max_response_length": 8192,
        "actor_rollout_ref.actor.ppo_mini_batch_size": 512,  # one update a batch: on-policy
        "actor_rollout_ref.actor.ppo_epochs": 1,
        "actor_rollout_ref.actor.optim.lr": 1e-6,
        "actor_rollout_ref.actor.optim.lr_scheduler_type": "constant",
        "actor_rollout_ref.actor.optim.lr_warmup_steps": 0,
        "actor_rollout_ref.actor.entropy_coeff": 0.0,
        "actor_rollout_ref.actor.use_kl_loss": False,
        "actor_rollout_ref.rollout.name": "vllm",
        "actor_rollout_ref.rollout.n": 8,
        "actor_rollout_ref.rollout.temperature": 1.0,
        "algorithm.adv_estimator": "grpo",
        "algorithm.use_kl_in_reward": False,
        "trainer.n_gpus_per_node": 8,
        "trainer.nnodes": nodes,
    }
    assert {key: OmegaConf.select(composed, key) for key in expected} == expected


def test_paper_preset_asks_as_the_paper_does() -> None:
    method = preset("rlpt-paper").method
    assert isinstance(method, RlptConfig)
    assert (method.template, method.rule, method.msr_weight) == ("paper", "prefix", 0.5)
    assert preset("rlpt-paper").model.name == "Qwen/Qwen3-4B-Base"
