"""Steps one after the other: metrics, checkpoints and progress as events. What a step does is the caller's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from training.checkpoints.publish import publish_checkpoint
from training.checkpoints.store import step_of
from training.contract.events import Event, Metrics, Progress, Resumed, Stage
from training.contract.experiment import ExperimentConfig
from training.host import HostMeter
from training.supervised.learner import Learner

Values = dict[str, float | None]


def run_steps(
    config: ExperimentConfig,
    learner: Learner,
    step: Callable[[int], Values],
    *,
    stage: Stage,
    run_dir: Path,
    emit: Callable[[Event], object],
    resume_from: Path | None,
) -> int:
    """Do the steps that are not done; checkpoints go to the run folder, in the layout of every run.

    Args:
        config: the experiment; `optimisation.steps` of them are done in all.
        learner: what is saved.
        step: does the step of that number, from 1, and returns its metrics.
        stage: what progress is told of.
        run_dir: the run folder.
        emit: takes each event.
        resume_from: the checkpoint that the learner was made of, or None.

    Returns:
        Steps done, those before the checkpoint counted.
    """
    import torch

    done = 0
    if resume_from is not None:
        done = step_of(resume_from)
        emit(Resumed(step=done, path=resume_from.relative_to(run_dir).as_posix()))
    steps = config.optimisation.steps
    host = HostMeter(run_dir)
    for number in range(done + 1, steps + 1):
        torch.manual_seed(config.seed * 1_000_003 + number)
        values = step(number)
        if saves(config, number):
            began = time.monotonic()
            folder = learner.save(run_dir, number)
            for event in publish_checkpoint(config, run_dir, folder, values):
                emit(event)
            values["time/checkpoint"] = time.monotonic() - began
        emit(Metrics(step=number, values={**values, **host.take()}))
        emit(Progress(stage=stage, done=number, total=steps, unit="steps"))
    return max(done, steps)


def saves(config: ExperimentConfig, step: int) -> bool:
    """Whether the weights after this step are saved."""
    every = config.checkpoints.every
    return step == config.optimisation.steps or bool(every and step % every == 0)


def costs(learner: Learner, tokens: int, seconds: float) -> Values:
    """What a step of `tokens` that took `seconds` cost: there are no rollouts, so C = 6 N T (METHODS A8)."""
    return {
        "compute/rollout_tokens": 0.0,
        "compute/train_tokens": float(tokens),
        "compute/flops": 6.0 * learner.parameters * tokens,
        "time/step": seconds,
        "throughput/tokens": tokens / seconds,
    }
