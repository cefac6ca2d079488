"""What a run would take of memory and time, as the API shows it."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from webapp.experiments.estimate import GPU_GB, Assumptions, Estimate, TimeEstimate


class EstimateQuery(Schema):
    """What is said of the machine; no part of the experiment."""

    corpus: int | None = Field(
        None, description="The number of a corpus, instead of the one that `data.corpus` names."
    )
    tflops: float | None = Field(
        None, gt=0, lt=1e6, description="Speed of one device, TFLOP/s; by default measured or assumed."
    )
    gpu_gb: float = Field(GPU_GB, gt=0, lt=1e6, description="Memory of one GPU, GB.")

    @property
    def assumptions(self) -> Assumptions:
        return Assumptions(self.gpu_gb, self.tflops)


class MemoryPartOut(Schema):
    """What one thing takes."""

    name: str
    formula: str = Field(
        description="Its letters are those of `shape` and of the experiment: see docs/guide.md."
    )
    bytes: int


class MemoryPhaseOut(Schema):
    """What lies in memory together."""

    name: str
    bytes: int
    parts: list[MemoryPartOut]


class ShapeOut(Schema):
    """The size of the model."""

    parameters: int = Field(description="N")
    layers: int = Field(description="L")
    width: int = Field(description="h, of the residual stream.")
    inner: int = Field(description="f, of the feed-forward block.")
    keys: int = Field(description="k: key heads x head size.")
    vocabulary: int = Field(description="V")


class MemoryOut(Schema):
    """Memory at its largest, if every sequence is as long as it may be."""

    device: str = Field(description="cuda: of one GPU; cpu: of the machine, all processes together.")
    devices: int = Field(description="P")
    micro_batch: int = Field(description="m")
    longest: int = Field(description="T, tokens.")
    shape: ShapeOut
    bytes: int = Field(description="Of the phase that takes most.")
    available: int = Field(description="Bytes there are; 0 where the machine does not say.")
    fits: bool
    at_once: int | None = Field(
        description="Rollouts of the longest that vLLM can hold on all GPUs together; null on a CPU."
    )
    phases: list[MemoryPhaseOut]


class WorkOut(Schema):
    """One kind of work, over the whole run."""

    name: str
    formula: str
    tokens: int = Field(description="Each time.")
    times: int
    flops: float
    seconds: float


class TimeOut(Schema):
    """How long the run takes, about: the scan of the corpus is not counted."""

    seconds: float = Field(description="From the launch to the end.")
    start_seconds: float = Field(description="Of them, to load the model and start the engine.")
    seconds_per_step: float
    steps: int
    flops: float
    flops_per_second: float = Field(description="Of all devices together.")
    source: Literal["declared", "measured", "assumed"] = Field(description="How the speed is known.")
    run: int | None = Field(description="The run that measured the speed.")
    parts: list[WorkOut]


class EstimateOut(Schema):
    """What a run would take."""

    memory: MemoryOut | None = Field(description="Null for a model whose size is not known on this machine.")
    time: TimeOut | None = Field(
        description="Null, too, where the steps or their tokens depend on what is read."
    )


def estimate_out(estimate: Estimate | None) -> EstimateOut:
    if estimate is None:
        return EstimateOut(memory=None, time=None)
    return EstimateOut(memory=_memory(estimate), time=_time(estimate.time) if estimate.time else None)


def _memory(estimate: Estimate) -> MemoryOut:
    memory, shape = estimate.memory, estimate.memory.shape
    return MemoryOut(
        device=memory.device,
        devices=memory.devices,
        micro_batch=memory.micro_batch,
        longest=memory.longest,
        shape=ShapeOut(
            parameters=shape.parameters,
            layers=shape.layers,
            width=shape.width,
            inner=shape.inner,
            keys=shape.keys,
            vocabulary=shape.vocabulary,
        ),
        bytes=memory.peak.total,
        available=estimate.available,
        fits=estimate.fits,
        at_once=memory.at_once,
        phases=[
            MemoryPhaseOut(
                name=phase.name,
                bytes=phase.total,
                parts=[
                    MemoryPartOut(name=part.name, formula=part.formula, bytes=part.bytes)
                    for part in phase.parts
                ],
            )
            for phase in memory.phases
        ],
    )


def _time(time: TimeEstimate) -> TimeOut:
    return TimeOut(
        seconds=time.total,
        start_seconds=time.start,
        seconds_per_step=time.step,
        steps=time.work.steps,
        flops=time.work.flops,
        flops_per_second=time.speed.flops,
        source=time.speed.source,
        run=time.speed.run.pk if time.speed.run else None,
        parts=[
            WorkOut(
                name=one.work.name,
                formula=one.work.formula,
                tokens=one.work.tokens,
                times=one.work.times,
                flops=one.work.flops,
                seconds=one.seconds,
            )
            for one in time.parts
        ],
    )
