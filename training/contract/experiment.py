"""ExperimentConfig: every setting of an experiment, declared once.

The web form, its validation and help, the API schema, YAML import and export, the documentation
and the verl overrides are all derived from this module. It imports pydantic and nothing heavier.
Each setting carries its help, its unit and whether it is advanced; one that maps one to one onto
a verl key names that key (`verl`). Keys that are computed live in `training/engine/overrides.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from training.contract.errors import ForesightError
from training.contract.model_names import check_model_name


def setting(
    default: Any,
    *,
    help: str,
    unit: str = "",
    advanced: bool = False,
    verl: str = "",
    paper: str = "",
    title: str = "",
    **bounds: Any,
) -> Any:
    """A pydantic field with what people need to know of it.

    Args:
        default: the default value, or `...` for a required setting.
        help: one or two sentences for the person who sets it.
        unit: what the number counts or measures, shown beside it.
        advanced: folded away on the form until asked for.
        verl: the verl configuration key that takes this very value, or "".
        paper: where the value or the rule comes from ("RPT Table 5").
        title: the label; by default made of the field's name.
        **bounds: pydantic bounds (ge, gt, le, lt, min_length ...).
    """
    extra = {"unit": unit, "advanced": advanced, "verl": verl, "paper": paper}
    return Field(default, title=title or None, description=help, json_schema_extra=extra, **bounds)


class Section(BaseModel):
    """A group of settings: closed to unknown names, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DataConfig(Section):
    """Documents"""

    corpus: str = setting(
        "sample",
        min_length=1,
        help="A txt, md or jsonl file, or `sample`: the Python language reference that is on every machine.",
    )
    text_field: str = setting("text", help="The jsonl field that holds the document's text.", advanced=True)
    join_fields: tuple[str, ...] = setting(
        (),
        help="Several jsonl fields joined by a blank line into one document, as `problem, solution`. "
        "Takes the place of the text field.",
        advanced=True,
    )
    max_documents: int = setting(
        0, ge=0, unit="documents", help="Use only the first documents of the corpus; 0 uses all."
    )
    held_out_documents: int = setting(
        0,
        ge=0,
        unit="documents",
        help="Documents kept out of training, drawn with the experiment's seed. RPT holds out 200.",
        paper="RPT 4.1",
    )


class ModelConfig(Section):
    """Model"""

    name: str = setting(
        "smollm2-135m-instruct",
        min_length=1,
        help="The policy: a catalogue name, a Hugging Face id (`org/name`) or a folder under the models root.",
    )

    @field_validator("name")
    @classmethod
    def _name_is_safe(cls, value: str) -> str:
        return check_model_name(value)


class PositionsConfig(Section):
    """Positions"""

    proxy: str = setting(
        "",
        title="Proxy model",
        help="The model whose uncertainty picks the positions; empty takes the policy itself.",
    )
    entropy: Literal["renormalised", "raw", "full"] = setting(
        "renormalised",
        title="Entropy estimator",
        help="renormalised: over the top-k tokens scaled to sum to 1; raw: the top-k tokens as they are; "
        "full: the whole vocabulary.",
        paper="RPT 3.2; METHODS A2",
    )
    top_k: int = setting(
        16,
        ge=2,
        le=64,
        unit="tokens",
        advanced=True,
        help="How many likely tokens the entropy is taken over.",
    )
    threshold: float = setting(
        0.5,
        ge=0.0,
        le=20.0,
        unit="nats",
        title="Entropy threshold",
        help="Positions with at least this entropy are kept. The top-16 estimator goes up to ln 16 = 2.77.",
    )
    min_context: int = setting(
        16,
        ge=1,
        unit="tokens",
        help="Positions with less context than this are dropped: their entropy is falsely high.",
    )
    max_context: int = setting(
        64,
        ge=8,
        unit="tokens",
        help="Longest context shown to the policy; longer ones are cut from the left.",
    )
    window: int = setting(
        1024,
        ge=64,
        unit="tokens",
        advanced=True,
        help="Scoring window of the proxy model. Documents longer than this are scored in windows that overlap.",
    )
    window_overlap: int = setting(
        256,
        ge=0,
        unit="tokens",
        advanced=True,
        help="Context that a window after the first starts with, so that its first scored token has one.",
    )

    @field_validator("proxy")
    @classmethod
    def _proxy_is_safe(cls, value: str) -> str:
        return check_model_name(value) if value else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_context > self.max_context:
            raise ValueError(
                f"min_context ({self.min_context}) is larger than max_context ({self.max_context}): "
                "no position can have that much context. Lower min_context."
            )
        if self.window_overlap >= self.window:
            raise ValueError(
                f"window_overlap ({self.window_overlap}) must be smaller than window ({self.window})."
            )
        return self


PromptName = Literal["v0", "v1", "v2", "v3", "v4", "v5", "v6", "short"]


class RptConfig(Section):
    """Next-token reasoning (RPT)"""

    kind: Literal["rpt"] = setting("rpt", title="Method", help="Next-token reasoning, arXiv 2506.08007.")
    prompt: PromptName = setting(
        "v0",
        title="Prompt template",
        help="v0 to v6 are the paper's (v0 trains); `short` is for models too small to follow them.",
        paper="RPT Table 10",
    )
    prefill_think: bool = setting(
        True,
        advanced=True,
        title="Open the thought",
        help="End the prompt with <think>, so that a response begins inside the thought.",
    )
    reward: Literal["prefix"] = setting(
        "prefix",
        help="prefix: 1 if the prediction's bytes are a prefix of the truth and end on a token boundary.",
        paper="RPT Eq. 3",
    )
    horizon: int = setting(
        16,
        ge=1,
        le=256,
        unit="tokens",
        advanced=True,
        title="Truth horizon",
        help="How many of the following tokens a prediction may match.",
    )


class ColdStartConfig(Section):
    """Cold start"""

    steps: int = setting(
        0,
        ge=0,
        unit="steps",
        help="Supervised steps on self-made examples of the answer format before GRPO; 0 for none. "
        "A small model never writes a box on its own, and GRPO has nothing to learn from a constant reward.",
    )
    batch_size: int = setting(16, ge=1, unit="examples", help="Examples in one cold-start step.")
    learning_rate: float = setting(5e-5, gt=0, le=1, help="Peak rate of the cold start, cosine to 10 %.")


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
    """GRPO"""

    steps: int = setting(
        1000, ge=1, unit="steps", help="GRPO steps.", verl="trainer.total_training_steps", paper="RPT Table 5"
    )
    contexts_per_step: int = setting(
        256,
        ge=1,
        unit="contexts",
        title="Batch: contexts per step",
        help="Contexts sampled in one step; times the group size, the rollouts of a step.",
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
        help="Constant learning rate of Adam.",
        verl="actor_rollout_ref.actor.optim.lr",
        paper="RPT Table 5",
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


class ExperimentConfig(Section):
    """One whole experiment."""

    schema_version: Literal[1] = Field(1, description="Version of this schema.")
    name: str = setting("experiment", min_length=1, max_length=120, help="What people will call it.")
    seed: int = setting(
        0, ge=0, lt=2**31, help="Seeds the split, the order of positions and the sampling.", verl="data.seed"
    )
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    positions: PositionsConfig = PositionsConfig()
    method: RptConfig = RptConfig()  # becomes a union on `kind` with the second method
    cold_start: ColdStartConfig = ColdStartConfig()
    sampling: SamplingConfig = SamplingConfig()
    optimisation: OptimisationConfig = OptimisationConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    checkpoints: CheckpointConfig = CheckpointConfig()
    resources: ResourcesConfig = ResourcesConfig()

    @model_validator(mode="after")
    def _batches_divide(self) -> Self:
        batch, mini = self.optimisation.contexts_per_step, self.optimisation.mini_batch_contexts
        devices = self.resources.nodes * self.resources.gpus_per_node
        rollouts = mini * self.sampling.group_size
        if batch % mini:
            raise ValueError(
                f"optimisation.contexts_per_step ({batch}) does not divide by "
                f"optimisation.mini_batch_contexts ({mini}): {batch} = {batch // mini} x {mini} + {batch % mini}. "
                f"Set mini_batch_contexts to a divisor of {batch}."
            )
        if rollouts % devices:
            raise ValueError(
                f"optimisation.mini_batch_contexts x sampling.group_size ({mini} x {self.sampling.group_size} = "
                f"{rollouts} rollouts) does not divide by the {devices} devices of resources.nodes x "
                "resources.gpus_per_node. Change the mini-batch or the devices."
            )
        if (rollouts // devices) % self.resources.micro_batch_rollouts:
            raise ValueError(
                f"resources.micro_batch_rollouts ({self.resources.micro_batch_rollouts}) does not divide the "
                f"{rollouts // devices} rollouts of an update on one device (optimisation.mini_batch_contexts x "
                f"sampling.group_size / devices). Set it to a divisor of {rollouts // devices}."
            )
        if devices % self.resources.tensor_parallel:
            raise ValueError(
                f"resources.tensor_parallel ({self.resources.tensor_parallel}) does not divide the {devices} devices."
            )
        if self.positions.max_context >= self.sampling.max_prompt_tokens:
            raise ValueError(
                f"positions.max_context ({self.positions.max_context}) leaves no room for the template in "
                f"sampling.max_prompt_tokens ({self.sampling.max_prompt_tokens}). Raise max_prompt_tokens."
            )
        return self

    @property
    def proxy(self) -> str:
        """The name of the model that scores positions."""
        return self.positions.proxy or self.model.name

    @property
    def rollouts_per_step(self) -> int:
        return self.optimisation.contexts_per_step * self.sampling.group_size

    @property
    def updates_per_step(self) -> int:
        return self.optimisation.contexts_per_step // self.optimisation.mini_batch_contexts


def field_errors(error: ValidationError) -> dict[str, str]:
    """Pydantic's findings as {dotted setting name: sentence}; "" holds what concerns several settings."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        found[name] = f"{found[name]} {message}" if name in found else message
    return found


def parse_experiment(data: object) -> ExperimentConfig:
    """Build a config from plain data, or raise ForesightError that names the first setting at fault."""
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as error:
        name, message = next(iter(field_errors(error).items()))
        raise ForesightError(message, field=name, remedy="") from error


def load_yaml(text: str) -> ExperimentConfig:
    """Parse an experiment file. Raises ForesightError with the line of a YAML mistake."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ForesightError(
            f"The experiment file is not valid YAML: {error}", remedy="Correct the line it names."
        ) from error
    if not isinstance(data, dict):
        raise ForesightError(
            "The experiment file holds no settings.",
            remedy="Start from `python -m training preset demo-cpu`.",
        )
    return parse_experiment(data)


def load_experiment(path: Path) -> ExperimentConfig:
    """Read and parse an experiment file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ForesightError(
            f"There is no experiment file {path}.", field="config", remedy="Name an existing YAML file."
        ) from error
    return load_yaml(text)


def dump_yaml(config: ExperimentConfig) -> str:
    """The experiment as YAML, every setting written out; `load_yaml` gives the same config back."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
