"""What a run would take of memory and time on this machine: the contract's formulas with this machine's numbers.

A speed is declared by the person, else measured by an earlier run of the same model, method and device, else assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.memory import Device, MemoryForecast, forecast_memory
from training.contract.model_shape import KNOWN_SHAPES, ModelShape, read_shape
from training.contract.run_time import Work, WorkPart, default_tflops, run_work
from webapp.corpora.model_choices import models_root
from webapp.runs.models import Run

GPU_GB = 80.0
"""Memory of a GPU, where nobody says: what the papers' machines have."""
_LOOKED_AT = 50  # newest runs
_NVIDIA = Path("/dev/nvidiactl")
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the person says of the machine; what stays None is taken from it, or assumed."""

    gpu_gb: float = GPU_GB
    tflops: float | None = None  # of one device


@dataclass(frozen=True, slots=True)
class Speed:
    """Floating-point operations a second, of all devices together, and how they are known."""

    flops: float
    source: Literal["declared", "measured", "assumed"]
    run: Run | None = None  # that measured it
    run_flops: float = 0.0  # of one of its steps, by the same formula


@dataclass(frozen=True, slots=True)
class TimedPart:
    """One kind of work and its share of the time, in seconds."""

    work: WorkPart
    seconds: float


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """Seconds of a run, at most."""

    work: Work
    speed: Speed

    @property
    def step(self) -> float:
        return self.work.step_flops / self.speed.flops

    @property
    def other(self) -> float:
        """Before the steps and between them."""
        return self.work.other_flops / self.speed.flops

    @property
    def total(self) -> float:
        return self.work.flops / self.speed.flops

    @property
    def parts(self) -> tuple[TimedPart, ...]:
        return tuple(TimedPart(part, part.flops / self.speed.flops) for part in self.work.parts)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Memory and time of a run."""

    memory: MemoryForecast
    available: int  # bytes: of the machine, or of one GPU
    time: TimeEstimate | None  # None where the steps, or a step's tokens, are not known before the run

    @property
    def fits(self) -> bool:
        return self.memory.peak.total <= self.available and self.memory.at_once != 0


def read_assumptions(post: Mapping[str, str]) -> Assumptions:
    """What was typed beside the form; anything that is no sensible number is as if it were empty."""
    return Assumptions(_number(post.get("gpu_gb", "")) or GPU_GB, _number(post.get("tflops", "")))


def estimate_of(
    user: Any, config: ExperimentConfig, steps: int | None, assumptions: Assumptions
) -> Estimate | None:
    """The estimate; None for a model whose size is not known on this machine.

    Args:
        user: whose earlier runs may have measured the speed.
        config: the experiment.
        steps: how many steps it will take, None where that is not known.
        assumptions: what the person says of the machine.
    """
    shape = find_shape(config.model.name)
    if shape is None:
        return None
    device = device_of(config)
    gpu = int(assumptions.gpu_gb * 1e9)
    memory = forecast_memory(config, shape, device, gpu)
    work = run_work(config, shape.parameters, device, steps) if steps else None
    time = TimeEstimate(work, _speed(user, config, shape, device, assumptions.tflops)) if work else None
    return Estimate(memory, gpu if device == "cuda" else machine_memory(), time)


def find_shape(model: str) -> ModelShape | None:
    """Of the model's own folder, else of the models that are known without it."""
    try:
        return read_shape(models_root() / model)
    except ForesightError:
        return KNOWN_SHAPES.get(model)


def device_of(config: ExperimentConfig) -> Device:
    """What the run would compute on, as far as this machine can say."""
    wanted = config.resources.device
    if wanted == "auto":
        return "cuda" if _NVIDIA.exists() else "cpu"
    return wanted


def machine_memory() -> int:
    """Bytes of main memory; 0 where the machine does not say."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")), 0)


def _speed(
    user: Any, config: ExperimentConfig, shape: ModelShape, device: Device, declared: float | None
) -> Speed:
    devices = config.batches.devices if device == "cuda" else 1
    if declared:
        return Speed(declared * 1e12 * devices, "declared")
    measured = _measured(user, config, shape, device)
    return measured or Speed(default_tflops(config, device) * 1e12 * devices, "assumed")


def _measured(user: Any, config: ExperimentConfig, shape: ModelShape, device: Device) -> Speed | None:
    """By the newest run of the same model, method and number of devices whose pace is known."""
    runs = Run.objects.owned_by(user).filter(
        seconds_per_step__gt=0, config__model__name=config.model.name, config__method__kind=config.method.kind
    )
    for run in runs.order_by("-created")[:_LOOKED_AT]:
        try:
            other = run.typed
        except ForesightError:  # of a schema that is no more
            continue
        if device_of(other) != device or other.batches.devices != config.batches.devices:
            continue
        work = run_work(other, shape.parameters, device, 1)
        if work and run.seconds_per_step:
            return Speed(work.step_flops / run.seconds_per_step, "measured", run, work.step_flops)
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", ""))
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
