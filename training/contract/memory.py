"""How much memory a run will take on one device, from the size of its model: a forecast with its formulas. Pure.

On CUDA it is one GPU's memory; on a CPU that of the machine, all processes together. Letters: N parameters, L layers
of width h with f inside the feed-forward block and k for keys, V tokens in the vocabulary; P devices; m sequences in a
micro-batch, T tokens of the longest, R of the longest response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.contract.experiment import ExperimentConfig
from training.contract.model_shape import ModelShape
from training.contract.settings.answers import SftConfig
from training.contract.settings.method import NtpConfig
from training.contract.settings.methods import GRPO_KINDS

Device = Literal["cpu", "cuda"]
PhaseName = Literal["cold_start", "sampling", "update"]
PartName = Literal[
    "processes",
    "process",
    "weights",
    "trainer",
    "reference",
    "rollout",
    "vllm",
    "activations",
    "kept",
    "recomputed",
    "logits",
]
PROCESSES = 3_400_000_000  # bytes; Python, PyTorch and Ray in some ten processes, measured
ONE_PROCESS = 500_000_000
VLLM_WORKS_IN = 2_000_000_000
"""Bytes of a GPU that vLLM computes in, beside weights, keys and values; about."""


@dataclass(frozen=True, slots=True)
class MemoryPart:
    """What one thing takes."""

    name: PartName
    formula: str
    bytes: int


@dataclass(frozen=True, slots=True)
class MemoryPhase:
    """What lies in memory together."""

    name: PhaseName
    parts: tuple[MemoryPart, ...]

    @property
    def total(self) -> int:
        return sum(part.bytes for part in self.parts)


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """Memory at its largest, if every sequence is as long as it may be."""

    device: Device
    shape: ModelShape
    devices: int  # P
    micro_batch: int  # m
    longest: int  # T
    phases: tuple[MemoryPhase, ...]
    at_once: int | None = (
        None  # of the longest rollouts, that vLLM can hold on all GPUs together; None on a CPU
    )

    @property
    def peak(self) -> MemoryPhase:
        return max(self.phases, key=lambda phase: phase.total)


def forecast_memory(
    config: ExperimentConfig, shape: ModelShape, device: Device, gpu_bytes: int = 0
) -> MemoryForecast:
    """What a run of `config` with such a model will take.

    Args:
        config: the experiment.
        shape: the policy's.
        device: what it will run on.
        gpu_bytes: memory of one GPU, of which vLLM takes its share; only used for CUDA.
    """
    if config.method.kind not in GRPO_KINDS:
        return _supervised(config, shape, device)
    if device == "cuda":
        return _grpo_cuda(config, shape, gpu_bytes)
    return _grpo_cpu(config, shape)


def _grpo_cuda(config: ExperimentConfig, shape: ModelShape, gpu_bytes: int) -> MemoryForecast:
    devices, micro = config.batches.devices, config.resources.micro_batch_rollouts
    longest = config.sampling.max_prompt_tokens + config.sampling.max_response_tokens
    share = config.resources.gpu_memory_share
    tokens = longest * micro
    reference = _reference(config, shape, devices)
    sampling = (
        MemoryPart("weights", "12 N / P", 12 * shape.parameters // devices),
        *reference,
        MemoryPart("vllm", f"{share:g} x the GPU", int(share * gpu_bytes)),
    )
    update = (
        MemoryPart("trainer", "16 N / P", 16 * shape.parameters // devices),
        *reference,
        *_activations(config.resources.gradient_checkpointing, shape, tokens, 2, "T m"),
        MemoryPart("logits", "8 V T m", 8 * shape.vocabulary * tokens),
    )
    phases = (MemoryPhase("sampling", sampling), MemoryPhase("update", update))
    at_once = _held_by_vllm(config, shape, int(share * gpu_bytes), longest)
    return MemoryForecast("cuda", shape, devices, micro, longest, phases, at_once)


def _held_by_vllm(config: ExperimentConfig, shape: ModelShape, share: int, longest: int) -> int:
    """Rollouts of `longest` tokens whose keys and values fit into what vLLM's weights leave of its share."""
    spread, devices = config.resources.tensor_parallel, config.batches.devices
    left = share - 2 * shape.parameters // spread - VLLM_WORKS_IN
    token = 2 * 2 * shape.layers * shape.keys / spread  # keys and values, bfloat16
    return max(0, int(left / token / longest * devices / spread))


def _grpo_cpu(config: ExperimentConfig, shape: ModelShape) -> MemoryForecast:
    """One machine holds all: what the update needs, and the rollout's own weights."""
    micro, sampling = config.resources.micro_batch_rollouts, config.sampling
    responses = micro * sampling.max_response_tokens
    # A prompt is computed once for its group, and the head at response tokens alone.
    prompts = -(-micro // sampling.group_size) * sampling.max_prompt_tokens
    half = config.resources.precision == "bfloat16"
    parts = (
        MemoryPart("processes", "about", PROCESSES),
        MemoryPart("trainer", "16 N", 16 * shape.parameters),
        *_reference(config, shape, 1),
        MemoryPart(
            "rollout", "(4 + 2) N" if half else "(4 + 4) N", (4 + (2 if half else 4)) * shape.parameters
        ),
        *_activations(
            config.resources.gradient_checkpointing, shape, prompts + responses, 4, "(prompts + R m)"
        ),
        MemoryPart("logits", "16 V R m", 16 * shape.vocabulary * responses),
    )
    longest = sampling.max_prompt_tokens + sampling.max_response_tokens
    phases = (*_cold_start(config, shape, longest), MemoryPhase("update", parts))
    return MemoryForecast("cpu", shape, 1, micro, longest, phases)


def _cold_start(config: ExperimentConfig, shape: ModelShape, longest: int) -> tuple[MemoryPhase, ...]:
    """Before GRPO, in one process, which gives its memory back. Nothing is recomputed."""
    if not config.cold_start.steps:
        return ()
    micro = config.resources.micro_batch_rollouts
    responses = micro * config.sampling.max_response_tokens
    parts = (
        MemoryPart("process", "about", ONE_PROCESS),
        MemoryPart("trainer", "16 N", 16 * shape.parameters),
        *_activations(False, shape, longest * micro, 4, "T m"),
        MemoryPart("logits", "16 V R m", 16 * shape.vocabulary * responses),
    )
    return (MemoryPhase("cold_start", parts),)


def _supervised(config: ExperimentConfig, shape: ModelShape, device: Device) -> MemoryForecast:
    """Plain torch on one device: instruction tuning, or the control."""
    method, micro = config.method, config.resources.micro_batch_rollouts
    longest = method.max_tokens if isinstance(method, SftConfig) else 0
    longest = method.sequence_tokens if isinstance(method, NtpConfig) else longest
    recomputes = isinstance(method, SftConfig) and config.resources.gradient_checkpointing
    wide = 2 if device == "cuda" and isinstance(method, SftConfig) else 4
    processes = (MemoryPart("process", "about", ONE_PROCESS),) if device == "cpu" else ()
    parts = (
        *processes,
        MemoryPart("trainer", "16 N", 16 * shape.parameters),
        *_activations(recomputes, shape, longest * micro, wide, "T m"),
        MemoryPart("logits", "16 V T m", 16 * shape.vocabulary * longest * micro),
    )
    return MemoryForecast(device, shape, 1, micro, longest, (MemoryPhase("update", parts),))


def _reference(config: ExperimentConfig, shape: ModelShape, devices: int) -> tuple[MemoryPart, ...]:
    """The start weights beside the policy's, float32, where the KL term needs them."""
    if not config.optimisation.kl_coefficient:
        return ()
    formula = "4 N" if devices == 1 else "4 N / P"
    return (MemoryPart("reference", formula, 4 * shape.parameters // devices),)


def _activations(
    recomputes: bool, shape: ModelShape, tokens: int, wide: int, words: str
) -> tuple[MemoryPart, ...]:
    """What the backward pass needs of the forward pass, `wide` bytes a number."""
    layer = wide * (6 * shape.width + 2 * shape.keys + 4 * shape.inner) * tokens
    formula = f"{wide} (6 h + 2 k + 4 f) {words}"
    if not recomputes:
        return (MemoryPart("activations", f"L x {formula}", shape.layers * layer),)
    return (
        MemoryPart("kept", f"{wide} L h {words}", wide * shape.layers * shape.width * tokens),
        MemoryPart("recomputed", formula, layer),
    )
