"""verl's own composed configuration, merged with what an experiment asks for.

A setting that maps one to one onto a verl key names that key where it is declared
(`json_schema_extra["verl"]` in `training/contract/experiment.py`) and is carried over here without
being named again. Keys that are computed, and the fixed ones, live in this module and nowhere
else. A dict is merged into the composed configuration: no text of a user ever becomes an override
string, and nothing a user sets can name code to load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from omegaconf import DictConfig, OmegaConf
from pydantic import BaseModel

from training.contract.experiment import ExperimentConfig
from training.contract.settings.methods import methods_of
from training.engine.groups import DynamicSampling
from training.models.precision import cpu_precision

Device = Literal["cpu", "cuda"]

AGENT_NAME = "foresight_task"
CPU_ROLLOUT = "foresight_cpu"

# Keys that verl reads but its composed configuration does not list, with the reason each is needed.
ADDED_KEYS: dict[str, str] = {
    "actor_rollout_ref.model.override_config.attn_implementation": "a free-form table of verl's",
    "actor_rollout_ref.actor.fsdp_config.mixed_precision": "read with .get(); bf16 unless it is given",
    "actor_rollout_ref.ref.fsdp_config.mixed_precision": "as for the actor",
    "data.foresight": "read by our own dataset class and agent loop",
}


@dataclass(frozen=True, slots=True)
class EnginePaths:
    """The folders and files one engine run works on. All absolute."""

    model_dir: Path  # Hugging Face folder of the start weights
    tasks_file: Path  # tasks.parquet, in training order
    run_dir: Path  # the run folder: events, rollouts, checkpoints


def compose(config: ExperimentConfig, paths: EnginePaths, device: Device) -> DictConfig:
    """verl's `ppo_trainer` configuration for this experiment.

    Args:
        config: the experiment.
        paths: where the model, the tasks and the run lie.
        device: `cpu` for the rollout of `training.engine.cpu`, `cuda` for vLLM.

    Returns:
        The composed configuration, closed to unknown keys except those of ADDED_KEYS.

    Raises:
        omegaconf.errors.ConfigKeyError: an override names a key that this verl does not have.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module

    with initialize_config_module("verl.trainer.config", version_base=None):
        composed = hydra_compose("ppo_trainer")
    values = overrides(config, paths, device)
    OmegaConf.set_struct(composed, True)
    for key, value in values.items():
        OmegaConf.update(composed, key, value, merge=False, force_add=key in ADDED_KEYS)
    return composed


def overrides(config: ExperimentConfig, paths: EnginePaths, device: Device) -> dict[str, Any]:
    """Every verl key this run sets, by dotted name. The fixed and derived ones win over the mapped ones."""
    values = dict(_mapped(config))
    values.update(_data(config, paths))
    values.update(_policy(config, paths))
    values.update(_trainer(config, paths, device))
    values.update(_cpu(config) if device == "cpu" else _cuda(config))
    return values


def mapped_keys(config: ExperimentConfig) -> dict[str, Any]:
    """The verl keys that settings name themselves, with their values."""
    return dict(_mapped(config))


def _mapped(section: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _mapped(value)
            continue
        extra = field.json_schema_extra
        key = extra.get("verl") if isinstance(extra, Mapping) else None
        if isinstance(key, str) and key:
            yield key, value


def _data(config: ExperimentConfig, paths: EnginePaths) -> dict[str, Any]:
    return {
        "data.train_files": str(paths.tasks_file),
        "data.val_files": str(paths.tasks_file),
        "data.custom_cls.path": "pkg://training.engine.dataset",
        "data.custom_cls.name": "TaskDataset",
        "data.foresight": {
            "length": _rows(config),
            "experiment": carry_experiment(config),
            "judge": judge_name(config, paths.run_dir),
        },
        # The order of the task file is the training order: a resumed run meets the same positions.
        "data.shuffle": False,
        "data.dataloader_num_workers": 0,
        "data.trust_remote_code": False,
        "data.filter_overlong_prompts": False,
    }


def carry_experiment(config: ExperimentConfig) -> str:
    """The experiment as text for verl's workers, which know nothing but verl's configuration.

    JSON with every `$` as its escape: in a user's text, `${` would be read as a reference.
    """
    return config.model_dump_json().replace("$", "\\u0024")


def carried_experiment(text: str) -> ExperimentConfig:
    """The experiment that `carry_experiment` made a text of."""
    return ExperimentConfig.model_validate_json(text)


def judge_name(config: ExperimentConfig, run_dir: Path) -> str:
    """Ray's name for the judge of a run, of which a cluster may carry several; "" where it has none."""
    if config.method.kind not in methods_of("judge", "judge"):
        return ""
    return f"foresight_judge_{hashlib.sha256(str(run_dir).encode()).hexdigest()[:16]}"


def dynamic_sampling(config: ExperimentConfig) -> DynamicSampling | None:
    """When and how far groups without a gradient are replaced; None: never."""
    first = config.optimisation.dynamic_sampling_from
    return DynamicSampling(first, config.optimisation.max_generation_batches) if first else None


def _rows(config: ExperimentConfig) -> int:
    """Rows a run may consume at most: as many as its steps need, or may need with dynamic sampling."""
    optimisation = config.optimisation
    steps, first = optimisation.steps, optimisation.dynamic_sampling_from
    refilled = max(0, steps - first + 1) if first else 0
    batches = steps + refilled * (optimisation.max_generation_batches - 1)
    return batches * optimisation.contexts_per_step


def _policy(config: ExperimentConfig, paths: EnginePaths) -> dict[str, Any]:
    optimisation = config.optimisation
    root = "actor_rollout_ref"
    return {
        f"{root}.model.path": str(paths.model_dir),
        f"{root}.model.trust_remote_code": False,
        f"{root}.actor.optim.betas": [optimisation.adam_beta1, optimisation.adam_beta2],
        # verl copies grad_clip and clip_ratio for older code paths; they must not disagree.
        f"{root}.actor.grad_clip": optimisation.gradient_clip,
        f"{root}.actor.clip_ratio": optimisation.clip_low,
        f"{root}.actor.use_kl_loss": optimisation.kl_coefficient > 0,
        f"{root}.actor.ppo_epochs": 1,
        f"{root}.actor.shuffle": False,
        f"{root}.actor.data_loader_seed": config.seed,
        f"{root}.actor.fsdp_config.seed": config.seed,
        # hf_model: the weights people download, as float32 safetensors.
        f"{root}.actor.checkpoint.save_contents": ["model", "optimizer", "extra", "hf_model"],
        f"{root}.actor.checkpoint.load_contents": ["model", "optimizer", "extra"],
        f"{root}.rollout.log_prob_micro_batch_size_per_gpu": config.resources.micro_batch_rollouts,
        f"{root}.ref.log_prob_micro_batch_size_per_gpu": config.resources.micro_batch_rollouts,
        f"{root}.rollout.seed": config.seed,
        f"{root}.rollout.calculate_log_probs": True,
        f"{root}.rollout.agent.default_agent_loop": AGENT_NAME,
        "algorithm.adv_estimator": "grpo",
        "algorithm.use_kl_in_reward": False,
        "critic.enable": False,
        # Our agent loop scores responses itself; verl's graders, some of which run code, are left out.
        "reward.num_workers": 0,
        "reward.reward_model.enable": False,
    }


def _trainer(config: ExperimentConfig, paths: EnginePaths, device: Device) -> dict[str, Any]:
    return {
        "trainer.v1.trainer_mode": "sync",
        "trainer.v1.sampler.custom_sampler.path": "pkg://training.engine.replay",
        "trainer.v1.sampler.custom_sampler.name": "StrictReplayBuffer",
        "trainer.device": device,
        "trainer.logger": [],
        "trainer.project_name": "foresight",
        "trainer.experiment_name": paths.run_dir.name,
        "trainer.default_local_dir": str(paths.run_dir / "checkpoints"),
        # The dataset is never shorter than the run, so that one epoch is the run.
        "trainer.total_epochs": 1,
        "trainer.save_freq": config.checkpoints.every or config.optimisation.steps,
        # verl's validation is our evaluation on held-out positions (training.engine.evaluator).
        "trainer.test_freq": config.evaluation.every or -1,
        "trainer.val_before_train": config.evaluation.every > 0,
        # Resuming is by explicit path and done by our trainer, never by verl's tracker file.
        "trainer.resume_mode": "disable",
    }


def _cpu(config: ExperimentConfig) -> dict[str, Any]:
    root = "actor_rollout_ref"
    precision = cpu_precision(config.resources.precision)
    compute = "bf16" if precision == "bfloat16" else "fp32"
    mixed = {"param_dtype": compute, "reduce_dtype": "fp32", "buffer_dtype": "fp32"}
    return {
        f"{root}.model.external_lib": ["training.engine.cpu.fsdp", "training.engine.agent_loop"],
        f"{root}.model.override_config.attn_implementation": "sdpa",
        f"{root}.model.use_remove_padding": False,
        f"{root}.actor.strategy": "fsdp2",
        f"{root}.actor.fsdp_config.strategy": "fsdp2",
        f"{root}.actor.fsdp_config.use_torch_compile": False,
        f"{root}.actor.fsdp_config.mixed_precision": mixed,
        f"{root}.actor.use_torch_compile": False,
        f"{root}.actor.calculate_entropy": True,
        f"{root}.ref.fsdp_config.strategy": "fsdp2",
        f"{root}.ref.fsdp_config.use_torch_compile": False,
        f"{root}.ref.fsdp_config.mixed_precision": mixed,
        f"{root}.rollout.name": CPU_ROLLOUT,
        f"{root}.rollout.dtype": precision,
        f"{root}.rollout.free_cache_engine": False,
        f"{root}.rollout.agent.num_workers": 1,
        # With one update per batch the old log-probs are those of the update itself: computing them
        # before would give the same numbers (training.engine.cpu.fsdp).
        "algorithm.rollout_correction.bypass_mode": config.updates_per_step == 1,
        "transfer_queue.backend.SimpleStorage.num_data_storage_units": 1,
    }


def _cuda(config: ExperimentConfig) -> dict[str, Any]:
    root = "actor_rollout_ref"
    return {
        f"{root}.model.external_lib": ["training.engine.agent_loop"],
        f"{root}.model.use_remove_padding": True,
        f"{root}.actor.strategy": "fsdp2",
        f"{root}.actor.fsdp_config.strategy": "fsdp2",
        f"{root}.ref.fsdp_config.strategy": "fsdp2",
        f"{root}.rollout.name": "vllm",
        f"{root}.rollout.dtype": "bfloat16",
        f"{root}.rollout.max_model_len": config.sampling.max_prompt_tokens
        + max(config.sampling.max_response_tokens, config.evaluation_tokens),
        f"{root}.rollout.agent.num_workers": min(8, config.optimisation.contexts_per_step),
        "algorithm.rollout_correction.bypass_mode": False,
    }
