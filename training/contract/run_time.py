"""How long a run may take: floating-point operations over a speed, measured or declared. Pure.

A token costs 2 N operations forward and 4 N backward (METHODS A8). Counts of tokens are the most there can be: every
prompt and response as long as it may be. Beside the work stands the time to start Python, the model and the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.contract.experiment import ExperimentConfig
from training.contract.memory import Device
from training.contract.settings.answers import SftConfig
from training.contract.settings.method import NtpConfig
from training.contract.settings.methods import GRPO_KINDS

PartName = Literal["cold_start", "sampling", "update", "log_probs", "evaluation"]
CPU_THREAD_TFLOPS = 0.1
"""What a CPU thread is taken to do, in 1e12 operations a second: about half of its matrix products' speed."""
GPU_TFLOPS = 150.0
"""The same of a GPU, over sampling and update."""
LOAD_SECONDS = 15.0
"""To start Python and load the model."""
ENGINE_SECONDS: dict[Device, float] = {"cpu": 75.0, "cuda": 180.0}
"""To start the engine, where no run has measured it: 38 to 145 s on two CPU cores."""


@dataclass(frozen=True, slots=True)
class WorkPart:
    """One kind of work, over the whole run."""

    name: PartName
    formula: str
    tokens: int  # each time
    times: int
    flops: float  # all times together


@dataclass(frozen=True, slots=True)
class Work:
    """What a run computes, at most."""

    parts: tuple[WorkPart, ...]
    steps: int

    @property
    def flops(self) -> float:
        return sum(part.flops for part in self.parts)

    @property
    def step_flops(self) -> float:
        """Of one step: the work that every step does."""
        return sum(part.flops / self.steps for part in self.parts if part.name in _EVERY_STEP)

    @property
    def other_flops(self) -> float:
        """Before the steps and between them."""
        return sum(part.flops for part in self.parts if part.name not in _EVERY_STEP)


_EVERY_STEP = ("sampling", "update", "log_probs")


def default_tflops(config: ExperimentConfig, device: Device) -> float:
    """Of one device, where nobody says better."""
    return GPU_TFLOPS if device == "cuda" else CPU_THREAD_TFLOPS * config.resources.threads


def start_seconds(config: ExperimentConfig, device: Device, engine: float | None = None) -> float:
    """From the launch to the first step, but for what counts as work. `engine`: as an earlier run measured it."""
    if config.method.kind not in GRPO_KINDS:
        return LOAD_SECONDS
    return LOAD_SECONDS + (ENGINE_SECONDS[device] if engine is None else engine)


def run_work(config: ExperimentConfig, parameters: int, device: Device, steps: int) -> Work | None:
    """What `steps` steps compute; None where a step's tokens are not known before the run."""
    if config.method.kind not in GRPO_KINDS:
        return _supervised(config, parameters, steps)
    sampling, batches = config.sampling, config.batches
    prompts = batches.contexts * sampling.max_prompt_tokens
    responses = batches.rollouts * sampling.max_response_tokens
    # The CPU's update computes a prompt once for its group; on a GPU every rollout has its own.
    copies = sampling.group_size if device == "cuda" else 1
    trained = prompts * copies + responses
    parts = [
        *_cold_start(config, parameters),
        _part("sampling", 2, parameters, prompts + responses, steps),
        _part("update", _update_cost(config), parameters, trained, steps),
    ]
    passes = (device == "cuda" or batches.contexts != batches.mini_batch) + bool(
        config.optimisation.kl_coefficient
    )
    if passes:
        parts.append(_part("log_probs", 2 * passes, parameters, trained, steps))
    return Work((*parts, *_evaluations(config, parameters, steps)), steps)


def _supervised(config: ExperimentConfig, parameters: int, steps: int) -> Work | None:
    method = config.method
    if isinstance(method, SftConfig):
        tokens = config.optimisation.contexts_per_step * method.max_tokens
        return Work((_part("update", _update_cost(config), parameters, tokens, steps),), steps)
    if isinstance(method, NtpConfig) and method.tokens_per_step:
        return Work((_part("update", 6, parameters, method.tokens_per_step, steps),), steps)
    return None


def _update_cost(config: ExperimentConfig) -> int:
    """Operations a token and parameter: forward, backward, and forward again where activations are recomputed."""
    return 8 if config.resources.gradient_checkpointing else 6


def _cold_start(config: ExperimentConfig, parameters: int) -> tuple[WorkPart, ...]:
    cold, sampling = config.cold_start, config.sampling
    if not cold.steps:
        return ()
    tokens = cold.batch_size * (sampling.max_prompt_tokens + sampling.max_response_tokens)
    return (_part("cold_start", 6, parameters, tokens, cold.steps),)


def _evaluations(config: ExperimentConfig, parameters: int, steps: int) -> tuple[WorkPart, ...]:
    """Before training, every so many steps and at the end."""
    evaluation = config.evaluation
    if not evaluation.every:
        return ()
    times = 1 + -(-steps // evaluation.every)
    longest = config.sampling.max_prompt_tokens + config.evaluation_tokens
    return (_part("evaluation", 2, parameters, evaluation.positions * evaluation.samples * longest, times),)


def _part(name: PartName, cost: int, parameters: int, tokens: int, times: int) -> WorkPart:
    return WorkPart(name, f"{cost} N x tokens", tokens, times, float(cost) * parameters * tokens * times)
