"""Evaluation, checkpoints and the machine."""

from __future__ import annotations

from typing import Literal

from training.contract.settings.base import Section, setting


class EvaluationConfig(Section):
    """Evaluation"""

    baselines: bool = setting(
        True,
        title="Draw the baselines",
        help="On every step, also measure the best constant answer and the plain argmax on the same positions.",
    )


class CheckpointConfig(Section):
    """Checkpoints"""

    every: int = setting(
        100,
        ge=0,
        unit="steps",
        help="Save every so many steps, and at the end; 0 saves only at the end.",
    )
    keep: int = setting(
        2,
        ge=2,
        le=100,
        unit="checkpoints",
        help="Newest checkpoints that stay on the disk; older ones are deleted. At least two, since the newest "
        "may be damaged by the very fault that ended a run.",
    )


class ResourcesConfig(Section):
    """Resources"""

    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", help="auto takes CUDA where there is one. cuda rolls out with vLLM, cpu with Foresight's own."
    )
    nodes: int = setting(1, ge=1, unit="machines", help="GPU machines.", verl="trainer.nnodes")
    gpus_per_node: int = setting(
        1, ge=1, le=64, unit="GPUs", help="GPUs of each machine; 1 on a CPU.", verl="trainer.n_gpus_per_node"
    )
    tensor_parallel: int = setting(
        1,
        ge=1,
        unit="GPUs",
        advanced=True,
        help="GPUs one vLLM replica is spread over.",
        verl="actor_rollout_ref.rollout.tensor_model_parallel_size",
    )
    gpu_memory_share: float = setting(
        0.5,
        gt=0,
        lt=1,
        advanced=True,
        help="Share of each GPU's memory that vLLM may take.",
        verl="actor_rollout_ref.rollout.gpu_memory_utilization",
    )
    micro_batch_rollouts: int = setting(
        8,
        ge=1,
        unit="rollouts",
        advanced=True,
        help="Rollouts in one forward and backward pass on one device; only memory depends on it.",
        verl="actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu",
    )
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto",
        advanced=True,
        help="Arithmetic of sampling and of the update on a CPU; weights and optimiser stay in float32. "
        "auto takes bfloat16 where the processor computes in it. On CUDA it is bfloat16.",
    )
    gradient_checkpointing: bool = setting(
        True,
        advanced=True,
        help="Recompute activations in the backward pass to save memory.",
        verl="actor_rollout_ref.model.enable_gradient_checkpointing",
    )
    threads: int = setting(
        2,
        ge=1,
        le=256,
        unit="threads",
        help="CPU threads of the model's arithmetic (OMP_NUM_THREADS). Two jobs that share cores collapse.",
    )
