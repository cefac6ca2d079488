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
from training.contract.run_time import Work, WorkPart, default_tflops, run_work, start_seconds
from webapp.corpora.model_choices import models_root
from webapp.jobs.models import JobEvent
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
    """Seconds of a run. A forecast and no bound: tokens are the most there can be, the speed is what it is."""

    work: Work
    speed: Speed
    start: float  # Python, the model and the engine, until the first step can begin

    @property
    def step(self) -> float:
        return self.work.step_flops / self.speed.flops

    @property
    def other(self) -> float:
        """Before the steps and between them."""
        return self.start + self.work.other_flops / self.speed.flops

    @property
    def total(self) -> float:
        return self.start + self.work.flops / self.speed.flops

    @property
    def parts(self) -> tuple[TimedPart, ...]:
        return tuple(TimedPart(part, part.flops / self.speed.flops) for part in self.work.parts)

    def left(self, step: int, *, started: bool, taught: float) -> float:
        """Seconds that are left of the whole after a step.

        Args:
            step: the last one that is done; 0 before the first.
            started: whether the steps have begun, so that there is nothing more to start.
            taught: the share of the cold start that is done.
        """
        done = {"cold_start": taught, "evaluation": 0.0}
        seconds = 0.0 if started else self.start
        for part in self.parts:
            if part.work.name == "evaluation" and step:  # the first is made before the first step
                between = (part.work.times - 1) * step // self.work.steps
                done["evaluation"] = (1 + between) / part.work.times
            seconds += part.seconds * (1 - done.get(part.work.name, step / self.work.steps))
        return seconds


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
    time = time_of(user, config, steps, tflops=assumptions.tflops)
    return Estimate(memory, gpu if device == "cuda" else machine_memory(), time)


def time_of(
    user: Any,
    config: ExperimentConfig,
    steps: int | None,
    *,
    tflops: float | None = None,
    itself: Run | None = None,
) -> TimeEstimate | None:
    """The time of a run, for the form before it and for its own page; None where nobody can say.

    Args:
        user: whose earlier runs may have measured the speed.
        config: the experiment.
        steps: how many steps it will take, None where that is not known.
        tflops: the speed of one device, where the person declares it.
        itself: the run, once its own pace is known.
    """
    shape = find_shape(config.model.name)
    device = device_of(config)
    work = run_work(config, shape.parameters, device, steps) if shape and steps else None
    if shape is None or work is None:
        return None
    speed = _speed_of(itself, work) if itself else None
    speed = speed or _speed(user, config, shape, device, tflops)
    engine = _engine_seconds(speed.run) if speed.run else None
    return TimeEstimate(work, speed, start_seconds(config, device, engine))


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
        speed = _speed_of(run, work) if work else None
        if speed:
            return speed
    return None


def _speed_of(run: Run, work: Work) -> Speed | None:
    """By the pace of a run that does this work; None before it has one."""
    if not run.seconds_per_step:
        return None
    return Speed(work.step_flops / run.seconds_per_step, "measured", run, work.step_flops)


def _engine_seconds(run: Run) -> float | None:
    """How long the engine of a run took to start, the last time it did."""
    told = JobEvent.objects.filter(
        job=run.job_id, type="stage", payload__stage="engine", payload__status="finished"
    )
    seconds: float | None = told.order_by("-pk").values_list("payload__seconds", flat=True).first()
    return seconds


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", ""))
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
