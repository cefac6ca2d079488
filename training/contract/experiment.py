"""ExperimentConfig: every setting of an experiment, declared once.

The web form, its validation and help, YAML import and export, the documentation and the verl
overrides are all derived from it. The sections stand in `contract/settings/`; this module puts them
together and checks what several of them make together. It imports pydantic and nothing heavier.
Each setting carries its help, its unit and whether it is advanced; one that maps one to one onto
a verl key names that key (`verl`). Keys that are computed live in `training/engine/overrides.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from training.contract.batches import Batches
from training.contract.errors import ForesightError
from training.contract.settings.answers import SftConfig
from training.contract.settings.base import Section, setting
from training.contract.settings.grpo import OptimisationConfig, SamplingConfig
from training.contract.settings.method import ColdStartConfig, RptConfig
from training.contract.settings.methods import GRPO_KINDS, METHOD_KINDS, MethodConfig
from training.contract.settings.running import CheckpointConfig, EvaluationConfig, ResourcesConfig
from training.contract.settings.segments import JudgeConfig, SegmentsConfig
from training.contract.settings.text import DataConfig, ModelConfig, PositionsConfig


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
    segments: SegmentsConfig = SegmentsConfig()
    method: MethodConfig = RptConfig()
    judge: JudgeConfig = JudgeConfig()
    cold_start: ColdStartConfig = ColdStartConfig()
    sampling: SamplingConfig = SamplingConfig()
    optimisation: OptimisationConfig = OptimisationConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    checkpoints: CheckpointConfig = CheckpointConfig()
    resources: ResourcesConfig = ResourcesConfig()

    @model_validator(mode="after")
    def _batches_divide(self) -> Self:
        if self.method.kind not in GRPO_KINDS:  # no rollouts, and one update a step
            return self
        faulty = self.batches.faulty
        if faulty is not None:
            raise ValueError(faulty.fault)
        return self

    @model_validator(mode="after")
    def _prompt_has_room(self) -> Self:
        longest = {
            "rpt": ("positions.max_context", self.positions.max_context),
            "rlpt": ("segments.max_context", self.segments.max_context),
        }
        name, tokens = longest.get(self.method.kind, ("", 0))
        if tokens >= self.sampling.max_prompt_tokens:
            raise ValueError(
                f"{name} ({tokens}) leaves no room for the template in "
                f"sampling.max_prompt_tokens ({self.sampling.max_prompt_tokens}). Raise max_prompt_tokens."
            )
        return self

    @model_validator(mode="after")
    def _evaluation_has_documents(self) -> Self:
        if self.evaluation.every and not self.data.held_out_documents:
            raise ValueError(
                f"evaluation.every ({self.evaluation.every}) asks for held-out documents, and "
                "data.held_out_documents is 0. Hold out some documents, or set evaluation.every to 0."
            )
        return self

    @property
    def rpt(self) -> RptConfig:
        """The method's settings where prompts and rewards are needed; the control has none and asks plainly."""
        return self.method if isinstance(self.method, RptConfig) else RptConfig(prompt="short")

    @property
    def proxy(self) -> str:
        """The name of the model that scores positions."""
        return self.positions.proxy or self.model.name

    @property
    def reference(self) -> str:
        """The name of the model whose entropy tells easy and hard held-out positions apart."""
        return self.evaluation.reference or self.model.name

    @property
    def steps_known(self) -> int | None:
        """Steps the run is asked to do; None where epochs decide, which takes the conversations to say."""
        by_epochs = isinstance(self.method, SftConfig) and self.method.epochs > 0
        return None if by_epochs else self.optimisation.steps

    @property
    def evaluation_tokens(self) -> int:
        """The limit of a response in evaluations."""
        return self.evaluation.max_response_tokens or self.sampling.max_response_tokens

    @property
    def batches(self) -> Batches:
        """What the settings of batches, groups and devices make together."""
        return Batches(
            contexts=self.optimisation.contexts_per_step,
            group_size=self.sampling.group_size,
            mini_batch=self.optimisation.mini_batch_contexts,
            devices=self.resources.nodes * self.resources.gpus_per_node,
            micro_batch=self.resources.micro_batch_rollouts,
            tensor_parallel=self.resources.tensor_parallel,
        )

    @property
    def rollouts_per_step(self) -> int:
        return self.batches.rollouts

    @property
    def updates_per_step(self) -> int:
        return self.optimisation.contexts_per_step // self.optimisation.mini_batch_contexts


def setting_name(loc: tuple[int | str, ...]) -> str:
    """The dotted name of what pydantic found at `loc`; the method's kind stands in no name."""
    parts = [str(part) for part in loc]
    if parts[:1] == ["method"] and len(parts) > 1 and parts[1] in METHOD_KINDS:
        del parts[1]
    return ".".join(parts)


def field_errors(error: ValidationError) -> dict[str, str]:
    """Pydantic's findings as {dotted setting name: sentence}; "" holds what concerns several settings."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = setting_name(item["loc"])
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
