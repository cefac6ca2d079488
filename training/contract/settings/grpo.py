"""Sampling and the GRPO update."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from training.contract.settings.base import Section, setting


class SamplingConfig(Section):
    """Sampling"""

    group_size: int = setting(
        8,
        ge=2,
        le=1024,
        unit="rollouts",
        title="Group size G",
        help="Rollouts for each context; the advantage compares within them.",
        verl="actor_rollout_ref.rollout.n",
        paper="RPT Table 5",
    )
    temperature: float = setting(
        0.8,
        gt=0,
        le=4,
        help="Sampling temperature; log-probs are taken at it.",
        verl="actor_rollout_ref.rollout.temperature",
        paper="RPT Table 5",
    )
    top_p: float = setting(
        1.0,
        gt=0,
        le=1,
        advanced=True,
        help="Nucleus sampling; 1 samples the whole distribution, as GRPO assumes.",
        verl="actor_rollout_ref.rollout.top_p",
    )
    max_prompt_tokens: int = setting(
        4096,
        ge=16,
        unit="tokens",
        help="Room for template and context. The context is cut from the left to fit; the template never is.",
        verl="data.max_prompt_length",
        paper="RPT Table 5",
    )
    max_response_tokens: int = setting(
        8192,
        ge=1,
        unit="tokens",
        help="A response that reaches this is truncated and earns nothing.",
        verl="data.max_response_length",
        paper="RPT Table 5",
    )


class OptimisationConfig(Section):
    """Optimisation"""

    steps: int = setting(
        1000,
        ge=1,
        unit="steps",
        help="Steps of the run, after the cold start.",
        verl="trainer.total_training_steps",
        paper="RPT Table 5",
    )
    contexts_per_step: int = setting(
        256,
        ge=1,
        unit="contexts",
        title="Batch: contexts per step",
        help="Contexts sampled in one step; times the group size, the rollouts of a step. Of instruction tuning: "
        "conversations in one step.",
        verl="data.train_batch_size",
        paper="RPT Table 5",
    )
    mini_batch_contexts: int = setting(
        256,
        ge=1,
        unit="contexts",
        title="Mini-batch",
        help="Contexts in one optimiser update. Equal to the batch: on-policy, the ratio is 1.",
        verl="actor_rollout_ref.actor.ppo_mini_batch_size",
        paper="RPT Table 5",
    )
    learning_rate: float = setting(
        1e-6,
        gt=0,
        le=1,
        help="Learning rate of Adam; the highest one where it changes with the steps.",
        verl="actor_rollout_ref.actor.optim.lr",
        paper="RPT Table 5",
    )
    schedule: Literal["constant", "cosine"] = setting(
        "constant",
        advanced=True,
        title="Learning rate schedule",
        help="How the learning rate goes on after the warm-up: it stays, or falls along a cosine until the last "
        "step. The engine has no other.",
        verl="actor_rollout_ref.actor.optim.lr_scheduler_type",
    )
    warmup_steps: int = setting(
        0,
        ge=0,
        unit="steps",
        advanced=True,
        title="Warm-up",
        help="Steps in which the learning rate rises from 0, evenly; the first of them is made at 0. 0 for none.",
        verl="actor_rollout_ref.actor.optim.lr_warmup_steps",
    )
    min_rate_share: float = setting(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        title="Lowest rate",
        help="Where the cosine ends, as a share of the learning rate. Only used with the schedule `cosine`.",
        verl="actor_rollout_ref.actor.optim.min_lr_ratio",
    )
    weight_decay: float = setting(
        0.01,
        ge=0,
        le=1,
        advanced=True,
        help="Decoupled weight decay.",
        verl="actor_rollout_ref.actor.optim.weight_decay",
    )
    adam_beta1: float = setting(
        0.9, ge=0, lt=1, advanced=True, title="Adam beta 1", help="First-moment decay."
    )
    adam_beta2: float = setting(
        0.999, ge=0, lt=1, advanced=True, title="Adam beta 2", help="Second-moment decay."
    )
    gradient_clip: float = setting(
        1.0,
        gt=0,
        help="Largest gradient norm.",
        verl="actor_rollout_ref.actor.optim.clip_grad",
        paper="RPT Table 5",
    )
    clip_low: float = setting(
        0.2,
        gt=0,
        lt=1,
        advanced=True,
        help="The ratio is clipped below at 1 minus this; idle with one update per batch.",
        verl="actor_rollout_ref.actor.clip_ratio_low",
        paper="RPT Table 5",
    )
    clip_high: float = setting(
        0.2,
        gt=0,
        le=10,
        advanced=True,
        help="The ratio is clipped above at 1 plus this.",
        verl="actor_rollout_ref.actor.clip_ratio_high",
        paper="RPT Table 5",
    )
    kl_coefficient: float = setting(
        0.0,
        ge=0,
        le=10,
        advanced=True,
        title="KL coefficient",
        help="Weight of the KL term to the start weights; 0 leaves it and its model out, as RPT does.",
        verl="actor_rollout_ref.actor.kl_loss_coef",
        paper="RPT 3.2",
    )
    entropy_coefficient: float = setting(
        0.0,
        ge=0,
        le=10,
        advanced=True,
        help="Weight of the entropy bonus; 0 for none.",
        verl="actor_rollout_ref.actor.entropy_coeff",
        paper="RPT Table 5",
    )
    loss_aggregation: Literal["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"] = setting(
        "token-mean",
        advanced=True,
        help="How token losses become one number.",
        verl="actor_rollout_ref.actor.loss_agg_mode",
    )
    normalise_by_std: bool = setting(
        True,
        advanced=True,
        title="Divide by the group's std",
        help="On for GRPO, off for Dr. GRPO.",
        verl="algorithm.norm_adv_by_std_in_grpo",
    )
    dynamic_sampling_from: int = setting(
        0,
        ge=0,
        unit="step",
        help="From this step on, groups whose rewards are all equal are dropped and further contexts are sampled "
        "until the batch is full. 0 never does.",
        paper="RPT Table 5",
    )
    max_generation_batches: int = setting(
        10,
        ge=1,
        le=1000,
        unit="batches",
        advanced=True,
        help="Batches of contexts that a step may sample before the run gives up. Only used with dynamic sampling.",
    )

    @model_validator(mode="after")
    def _warms_up_in_time(self) -> Self:
        if self.warmup_steps >= self.steps:
            raise ValueError(
                f"warmup_steps ({self.warmup_steps}) leaves none of the {self.steps} steps at the full rate. Set it "
                f"below {self.steps}."
            )
        return self
