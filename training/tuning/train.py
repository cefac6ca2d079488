"""Instruction tuning: epochs over conversations, a schedule for the rate, the loss on held-out ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.checkpoints.store import step_of
from training.contract.errors import ForesightError
from training.contract.events import Event, Metrics, Progress
from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import SftConfig
from training.supervised.labelled import Labelled
from training.supervised.learner import Learner, LearnerSettings, computes_in_half
from training.supervised.loop import Values, costs, run_steps, saves
from training.supervised.order import batch_places, steps_per_epoch
from training.supervised.schedule import learning_rate

_HELD_OUT = "sft/held_out_loss"


@dataclass(frozen=True, slots=True)
class TuningInput:
    """What is learnt and what is only measured."""

    examples: tuple[tuple[Labelled, ...], ...]  # the sequences of each conversation
    held_out: tuple[Labelled, ...]  # sequences of the held-out ones; () for none


def train_tuning(
    config: ExperimentConfig,
    given: TuningInput,
    *,
    model_dir: Path,
    run_dir: Path,
    emit: Callable[[Event], object],
    resume_from: Path | None,
) -> int:
    """Learn the conversations; checkpoints go to the run folder, in the layout of every run.

    Args:
        config: an experiment whose method is `sft`.
        given: the conversations as tokens; at least one to learn.
        model_dir: Hugging Face folder of the start weights.
        run_dir: the run folder.
        emit: takes each event.
        resume_from: a verified checkpoint folder of this run, or None to begin with `model_dir`.

    Returns:
        Steps done, those before the checkpoint counted.

    Raises:
        ForesightError: the loss is no number, or the warm-up is longer than the run.
    """
    config = with_steps(config, len(given.examples))
    settings = LearnerSettings.of(
        config, half=computes_in_half(config), recompute=config.resources.gradient_checkpointing
    )
    learner = Learner(model_dir, settings, resume_from)
    tuning = _Tuning(config, given, learner)
    done = step_of(resume_from) if resume_from else 0
    emit(Progress(stage="tuning", done=done, total=config.optimisation.steps, unit="steps"))
    if given.held_out and not done:
        emit(Metrics(step=0, values={_HELD_OUT: learner.mean_loss(given.held_out)}))
    return run_steps(
        config,
        learner,
        tuning.step,
        stage="tuning",
        run_dir=run_dir,
        emit=emit,
        resume_from=resume_from,
    )


def with_steps(config: ExperimentConfig, conversations: int) -> ExperimentConfig:
    """The config with the steps that its epochs over so many conversations make.

    Raises ForesightError, field `optimisation.warmup_steps`, when the warm-up would take all of them.
    """
    assert isinstance(config.method, SftConfig)
    if config.steps_known is not None:
        return config
    optimisation = config.optimisation
    steps = config.method.epochs * steps_per_epoch(conversations, optimisation.contexts_per_step)
    if optimisation.warmup_steps >= steps:
        raise ForesightError(
            f"The warm-up ({optimisation.warmup_steps} steps) leaves none of the {steps} steps, which is "
            f"{config.method.epochs} times {conversations} conversations, at the full rate.",
            field="optimisation.warmup_steps",
            remedy=f"Set it below {steps}.",
        )
    return config.model_copy(update={"optimisation": optimisation.model_copy(update={"steps": steps})})


class _Tuning:
    """What a step does: learn a batch of conversations, and measure the held-out ones where it is time."""

    def __init__(self, config: ExperimentConfig, given: TuningInput, learner: Learner) -> None:
        self._config, self._given, self._learner = config, given, learner

    def step(self, number: int) -> Values:
        """One update; returns the step's metrics."""
        began, settings = time.monotonic(), self._config.optimisation
        rate = learning_rate(
            settings.learning_rate,
            number,
            settings.steps,
            schedule=settings.schedule,
            warmup=settings.warmup_steps,
            lowest_share=settings.min_rate_share,
        )
        batch = self._batch(number)
        loss, norm = self._learner.update(batch, rate, f"step {number}")
        tokens = sum(len(one.ids) for one in batch)
        values: Values = {
            "sft/loss": loss,
            "update/grad_norm": norm,
            "update/learning_rate": rate,
            **costs(self._learner, tokens, time.monotonic() - began),
        }
        if self._measures(number):
            began = time.monotonic()
            values[_HELD_OUT] = self._learner.mean_loss(self._given.held_out)
            values["time/evaluate"] = time.monotonic() - began
        return values

    def _batch(self, number: int) -> list[Labelled]:
        """The sequences of the step's conversations, those of like length together: little padding."""
        places = batch_places(
            number,
            count=len(self._given.examples),
            batch_size=self._config.optimisation.contexts_per_step,
            seed=self._config.seed,
        )
        found = [one for place in places for one in self._given.examples[place]]
        return sorted(found, key=lambda one: len(one.ids))

    def _measures(self, number: int) -> bool:
        every = self._config.evaluation.every
        due = saves(self._config, number) or bool(every and number % every == 0)
        return bool(self._given.held_out) and due
