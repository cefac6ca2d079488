"""verl's composed configuration: every key we set exists there, and holds what the experiment says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_module
from omegaconf import DictConfig, OmegaConf

from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.presets import preset
from training.engine.overrides import (
    ADDED_KEYS,
    Device,
    EnginePaths,
    carried_experiment,
    carry_experiment,
    compose,
    judge_name,
    mapped_keys,
    overrides,
)

PATHS = EnginePaths(Path("/m/model"), Path("/m/tasks.parquet"), Path("/m/run7"))


def changed(name: str, **sections: dict[str, Any]) -> ExperimentConfig:
    data = preset(name).model_dump(mode="json")
    for section, values in sections.items():
        data[section] |= values
    return parse_experiment(data)


CASES: dict[str, tuple[ExperimentConfig, Device]] = {
    "demo on a CPU": (preset("demo-cpu"), "cpu"),
    "paper on 8 GPUs": (preset("rpt-paper"), "cuda"),
    "paper on 4 x 8 GPUs": (changed("rpt-paper", resources={"nodes": 4}), "cuda"),
    "RLPT on a CPU": (preset("rlpt-demo-cpu"), "cpu"),
    "RLPT's paper on 8 GPUs": (preset("rlpt-paper"), "cuda"),
    "RLPT's paper on 4 x 8 GPUs": (changed("rlpt-paper", resources={"nodes": 4}), "cuda"),
    "RLVR on a CPU": (preset("rlvr-demo-cpu"), "cpu"),
    "RLVR's paper on 8 GPUs": (preset("rlvr-paper"), "cuda"),
    "RLVR's paper on 4 x 8 GPUs": (changed("rlvr-paper", resources={"nodes": 4}), "cuda"),
}


@pytest.fixture(scope="module")
def stock() -> DictConfig:
    with initialize_config_module("verl.trainer.config", version_base=None):
        return hydra_compose("ppo_trainer")


def exists(config: DictConfig, key: str) -> bool:
    found: Any = OmegaConf.to_container(config)
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return True


@pytest.mark.parametrize("case", CASES)
def test_every_override_names_a_key_that_verl_has(case: str, stock: DictConfig) -> None:
    config, device = CASES[case]
    unknown = [key for key in overrides(config, PATHS, device) if not exists(stock, key)]
    assert set(unknown) <= set(ADDED_KEYS)


@pytest.mark.parametrize("case", CASES)
def test_composed_config_holds_every_override(case: str) -> None:
    config, device = CASES[case]
    composed = compose(config, PATHS, device)
    for key, value in overrides(config, PATHS, device).items():
        assert OmegaConf.select(composed, key) == value, key


def test_added_keys_are_all_in_use() -> None:
    used = set().union(*(overrides(config, PATHS, device) for config, device in CASES.values()))
    assert set(ADDED_KEYS) <= used


@pytest.mark.parametrize("nodes", [1, 4])
def test_paper_preset_gives_table_5(nodes: int) -> None:
    composed = compose(changed("rpt-paper", resources={"nodes": nodes}), PATHS, "cuda")
    expected = {
        "data.train_batch_size": 256,
        "data.max_prompt_length": 4096,
        "data.max_response_length": 8192,
        "actor_rollout_ref.actor.ppo_mini_batch_size": 256,
        "actor_rollout_ref.actor.optim.lr": 1e-6,
        "actor_rollout_ref.actor.optim.betas": [0.9, 0.999],
        "actor_rollout_ref.actor.optim.lr_scheduler_type": "constant",
        "actor_rollout_ref.actor.optim.lr_warmup_steps": 0,
        "actor_rollout_ref.actor.optim.weight_decay": 0.01,
        "actor_rollout_ref.actor.optim.clip_grad": 0.2,
        "actor_rollout_ref.actor.clip_ratio_low": 0.2,
        "actor_rollout_ref.actor.clip_ratio_high": 0.2,
        "actor_rollout_ref.actor.entropy_coeff": 0.0,
        "actor_rollout_ref.actor.use_kl_loss": False,
        "actor_rollout_ref.rollout.name": "vllm",
        "actor_rollout_ref.rollout.n": 8,
        "actor_rollout_ref.rollout.temperature": 0.8,
        "algorithm.adv_estimator": "grpo",
        "algorithm.use_kl_in_reward": False,
        "trainer.total_training_steps": 1000,
        "trainer.n_gpus_per_node": 8,
        "trainer.nnodes": nodes,
    }
    found = {key: OmegaConf.select(composed, key) for key in expected}
    assert found == expected


@pytest.mark.parametrize("nodes", [1, 4])
def test_rlpt_paper_preset_gives_the_settings_of_its_section_4_1(nodes: int) -> None:
    composed = compose(changed("rlpt-paper", resources={"nodes": nodes}), PATHS, "cuda")
    expected = {
        "data.train_batch_size": 512,
        "data.max_response_length": 8192,
        "actor_rollout_ref.actor.ppo_mini_batch_size": 512,
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
    assert composed.data.foresight.judge == judge_name(preset("rlpt-paper"), PATHS.run_dir)
    assert carried_experiment(composed.data.foresight.experiment).method == preset("rlpt-paper").method


def test_settings_of_the_schema_are_carried_under_the_key_they_name() -> None:
    mapped = mapped_keys(changed("demo-cpu", sampling={"group_size": 16}, optimisation={"steps": 12}))
    assert mapped["actor_rollout_ref.rollout.n"] == 16
    assert mapped["trainer.total_training_steps"] == 12
    assert mapped["data.seed"] == 0


def test_every_choice_of_grpo_reaches_verl() -> None:
    choices = {
        "kl_coefficient": 0.001,
        "entropy_coefficient": 0.01,
        "clip_low": 0.1,
        "clip_high": 0.28,
        "loss_aggregation": "seq-mean-token-sum",
        "normalise_by_std": False,
        "mini_batch_contexts": 2,
        "schedule": "cosine",
        "gradient_clip": 0.7,
    }
    composed = compose(changed("demo-cpu", optimisation=choices), PATHS, "cpu")
    actor = composed.actor_rollout_ref.actor
    assert (actor.use_kl_loss, actor.kl_loss_coef, actor.entropy_coeff) == (True, 0.001, 0.01)
    assert (actor.clip_ratio_low, actor.clip_ratio_high) == (0.1, 0.28)
    assert (actor.loss_agg_mode, composed.algorithm.norm_adv_by_std_in_grpo) == ("seq-mean-token-sum", False)
    assert (actor.ppo_mini_batch_size, actor.optim.lr_scheduler_type) == (2, "cosine")
    assert (actor.optim.clip_grad, actor.grad_clip) == (0.7, 0.7)


def test_order_of_the_task_file_is_the_training_order() -> None:
    composed = compose(preset("demo-cpu"), PATHS, "cpu")
    assert composed.data.shuffle is False
    assert composed.data.foresight.length == 480
    assert composed.trainer.total_epochs == 1


def test_dynamic_sampling_has_rows_for_every_batch_it_may_take() -> None:
    settings = {"dynamic_sampling_from": 21, "max_generation_batches": 4, "steps": 30, "contexts_per_step": 6}
    changes = changed("demo-cpu", optimisation=settings | {"mini_batch_contexts": 6})
    composed = compose(changes, PATHS, "cpu")
    assert composed.data.foresight.length == (20 + 10 * 4) * 6
    assert composed.trainer.total_training_steps == 30
    # verl's own filter stays off: the replay buffer's has a cap and keeps the order.
    assert composed.algorithm.filter_groups is None or not composed.algorithm.filter_groups.enable


def test_nothing_loads_code_of_a_model_or_a_user() -> None:
    composed = compose(preset("demo-cpu"), PATHS, "cpu")
    assert composed.actor_rollout_ref.model.trust_remote_code is False
    assert composed.data.trust_remote_code is False
    assert composed.data.custom_cls.path == "pkg://training.engine.dataset"
    assert composed.reward.custom_reward_function.path is None
    assert composed.reward.num_workers == 0
    assert composed.trainer.resume_mode == "disable"


def test_recomputing_old_log_probs_is_left_out_only_with_one_update_per_batch() -> None:
    once = compose(preset("demo-cpu"), PATHS, "cpu")
    several = changed("demo-cpu", optimisation={"mini_batch_contexts": 4})
    assert once.algorithm.rollout_correction.bypass_mode is True
    assert compose(several, PATHS, "cpu").algorithm.rollout_correction.bypass_mode is False
    assert compose(preset("rpt-paper"), PATHS, "cuda").algorithm.rollout_correction.bypass_mode is False


@pytest.mark.parametrize(("precision", "short"), [("float32", "fp32"), ("bfloat16", "bf16")])
def test_precision_of_a_cpu_is_that_of_rollout_and_update(precision: str, short: str) -> None:
    root = compose(changed("demo-cpu", resources={"precision": precision}), PATHS, "cpu").actor_rollout_ref
    assert root.rollout.dtype == precision
    assert root.actor.fsdp_config.mixed_precision.param_dtype == short
    assert root.actor.fsdp_config.model_dtype == "fp32"


@pytest.mark.parametrize("name", ["rpt-paper", "rlpt-paper", "rlvr-paper"])
def test_verl_accepts_the_composed_configs(name: str) -> None:
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.utils.config import validate_config

    composed = compose(preset(name), PATHS, "cuda")
    assert not need_critic(composed)
    assert not need_reference_policy(composed)
    validate_config(composed, use_reference_policy=False, use_critic=False)


def test_experiment_travels_to_the_workers_with_every_character() -> None:
    template = "${oc.env:HOME} $x {prompt_content} \\${y}"
    config = parse_experiment({"method": {"kind": "rpt", "prompt": "custom", "custom_prompt": template}})
    assert "$" not in carry_experiment(config)
    assert carried_experiment(carry_experiment(config)) == config


def test_only_a_run_with_a_judge_names_one_and_each_run_its_own() -> None:
    segments = parse_experiment({"method": {"kind": "rlpt"}})
    assert judge_name(preset("demo-cpu"), Path("/m/run7")) == ""
    assert judge_name(segments, Path("/m/run7")) != judge_name(segments, Path("/m/run8"))
    assert judge_name(segments, Path("/m/run7")).startswith("foresight_judge_")


def test_vllm_has_room_for_the_longest_evaluated_response() -> None:
    composed = compose(preset("rlvr-paper"), PATHS, "cuda")
    assert composed.actor_rollout_ref.rollout.max_model_len == 4096 + 32_768
    assert composed.actor_rollout_ref.rollout.response_length == 8192
