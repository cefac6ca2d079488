"""Evaluation, checkpoints and the machine."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import field_validator, model_validator

from training.contract.metrics import CATALOGUE
from training.contract.model_names import check_model_name
from training.contract.settings.base import Section, setting


class EvaluationConfig(Section):
    """Evaluation"""

    baselines: bool = setting(
        True,
        title="Draw the baselines",
        help="On every step, also measure the best constant answer and the plain argmax on the same positions.",
    )
    every: int = setting(
        0,
        ge=0,
        unit="steps",
        title="Evaluate every",
        help="Measure the policy on what is held out: next tokens plainly and after a thought, segments under the "
        "run's judge, or problems; before training, every so many steps and at the end. 0 never does. Needs held-out "
        "documents. Instruction tuning measures its loss on "
        "held-out conversations, before training, whenever it saves, and also every so many steps.",
    )
    positions: int = setting(
        256,
        ge=1,
        le=100_000,
        unit="positions",
        title="Held-out positions",
        help="Drawn with the experiment's seed from the held-out documents, above 0.5 nats of the reference "
        "model's entropy; at most so many of the held-out segments or problems. Only used where the experiment "
        "evaluates.",
    )
    samples: int = setting(
        1,
        ge=1,
        le=256,
        unit="responses",
        title="Responses a position",
        help="Several give Pass@k, and need an evaluation temperature above 0. Only used where the experiment "
        "evaluates.",
    )
    temperature: float = setting(
        0.0,
        ge=0,
        le=4,
        title="Evaluation temperature",
        help="Of the responses; 0 takes the most likely token. Only used where the experiment evaluates.",
    )
    max_response_tokens: int = setting(
        0,
        ge=0,
        unit="tokens",
        title="Longest evaluated response",
        help="Evaluations may let the policy think longer than training does; 0 takes sampling.max_response_tokens.",
        paper="METHODS A8, B8",
        advanced=True,
    )
    reference: str = setting(
        "",
        title="Reference model",
        help="The model whose entropy tells easy (above 0.5 nats), medium (1.0) and hard (1.5) positions apart; "
        "empty takes the policy's start weights. The paper takes the 14B base.",
        paper="RPT 4.1",
        advanced=True,
    )

    @field_validator("reference")
    @classmethod
    def _reference_is_safe(cls, value: str) -> str:
        return check_model_name(value) if value else value

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(
                f"{self.samples} responses at temperature 0 are all the same. Raise evaluation.temperature, or set "
                "evaluation.samples to 1."
            )
        return self


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
        help="Newest checkpoints that stay on the disk whole; older ones are deleted. At least two, since the "
        "newest may be damaged by the very fault that ended a run.",
    )
    keep_best: int = setting(
        1,
        ge=0,
        le=100,
        unit="checkpoints",
        help="Best checkpoints that stay beside the newest ones. Of a best one that is not among the newest "
        "only the weights stay: it can be downloaded and started from, not resumed.",
    )
    best_by: str = setting(
        "reward/mean",
        title="Best by",
        help="The metric that says which checkpoint is best, at the step it was saved. The catalogue of metrics "
        "says whether higher or lower is better. Only used while best ones are kept.",
        advanced=True,
    )

    @field_validator("best_by")
    @classmethod
    def _has_a_direction(cls, value: str) -> str:
        known = [metric.key for metric in CATALOGUE.values() if metric.healthy in {"up", "down"}]
        if value not in known:
            raise ValueError(f"{value!r} does not say what is best. Use one of: {', '.join(known)}.")
        return value

    @property
    def higher_is_better(self) -> bool:
        """Which way `best_by` is good."""
        return CATALOGUE[self.best_by].healthy == "up"


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
