"""Continual next-token training at a constant rate, in float32 on one device.

Step by step it spends what a step of the RPT run spends, and is measured at the same contexts, so that
the two can be drawn over one axis.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean

from training.contract.events import Event
from training.contract.experiment import ExperimentConfig
from training.contract.settings.method import NtpConfig
from training.control.packing import packed_sequences
from training.models.token_bytes import TokenBytes
from training.records import Task
from training.supervised.labelled import Labelled
from training.supervised.learner import Learner, LearnerSettings
from training.supervised.loop import Values, costs, run_steps


@dataclass(frozen=True, slots=True)
class ControlInput:
    """What the control is trained on and measured at."""

    documents: tuple[tuple[int, ...], ...]  # token ids of each document
    tasks: tuple[Task, ...]  # in the order of the RPT run; their contexts are measured
    constant_answer: bytes  # the answer that is right for most of the tasks
    tokens_per_step: int


def train_control(
    config: ExperimentConfig,
    given: ControlInput,
    *,
    model_dir: Path,
    run_dir: Path,
    emit: Callable[[Event], object],
    resume_from: Path | None,
) -> int:
    """Train `optimisation.steps` steps; checkpoints go to the run folder, in the layout of every run.

    Args:
        config: an experiment whose method is `ntp`.
        given: documents, contexts to measure, tokens of a step.
        model_dir: Hugging Face folder of the start weights.
        run_dir: the run folder.
        emit: takes each event.
        resume_from: a verified checkpoint folder of this run, or None to begin with `model_dir`.

    Returns:
        Steps done, those before the checkpoint counted.

    Raises:
        ForesightError: the loss is no number.
    """
    learner = Learner(model_dir, LearnerSettings.of(config, half=False, recompute=False), resume_from)
    return run_steps(
        config,
        learner,
        _Control(config, given, learner).step,
        stage="control",
        run_dir=run_dir,
        emit=emit,
        resume_from=resume_from,
    )


def sequences_per_step(tokens: int, length: int) -> int:
    """Whole sequences that come closest to `tokens`; at least one."""
    return max(1, round(tokens / length))


class _Control:
    """What a step does: measure, then learn the next sequences of the stream."""

    def __init__(self, config: ExperimentConfig, given: ControlInput, learner: Learner) -> None:
        assert isinstance(config.method, NtpConfig)
        self._config, self._given, self._learner = config, given, learner
        self._bytes = TokenBytes(learner.tokenizer)
        self._length = config.method.sequence_tokens
        self._rows = sequences_per_step(given.tokens_per_step, self._length)
        self._sequences = packed_sequences(
            given.documents, length=self._length, end_id=learner.tokenizer.eos_token_id, seed=config.seed
        )
        self._passed = 0  # steps whose sequences the stream has given

    def step(self, number: int) -> Values:
        """Measure the weights at the step's contexts, then update them; returns the step's metrics."""
        began = time.monotonic()
        values = self._measure(number)
        rate = self._config.optimisation.learning_rate
        loss, norm = self._learner.update(self._batch(number), rate, f"step {number}")
        return {
            **values,
            "control/loss": loss,
            "update/grad_norm": norm,
            "update/learning_rate": rate,
            **costs(self._learner, self._rows * self._length, time.monotonic() - began),
        }

    def _batch(self, number: int) -> list[Labelled]:
        """The step's sequences; those of steps that another attempt did are passed over."""
        skipped = (number - 1 - self._passed) * self._rows
        self._passed = number
        taken = islice(self._sequences, skipped, skipped + self._rows)
        return [Labelled.whole(sequence) for sequence in taken]

    def _measure(self, number: int) -> Values:
        """Plain argmax and constant answer at the contexts that RPT asks at this step."""
        size = self._config.optimisation.contexts_per_step
        tasks = self._given.tasks
        asked = [tasks[row % len(tasks)] for row in range((number - 1) * size, number * size)]
        truths = [task.truth[: task.boundaries[0]] for task in asked]
        guesses = [
            self._bytes.bytes_of(token) for token in self._argmax([task.context_ids for task in asked])
        ]
        return {
            "baseline/argmax": fmean(a == b for a, b in zip(guesses, truths, strict=True)),
            "baseline/constant": fmean(truth == self._given.constant_answer for truth in truths),
        }

    def _argmax(self, contexts: Sequence[tuple[int, ...]]) -> list[int]:
        """The most likely next token of each context. Padded on the left, so that one column holds all ends."""
        import torch

        found: list[int] = []
        model, device = self._learner.model.eval(), self._learner.device
        micro = self._config.resources.micro_batch_rollouts
        with torch.no_grad():
            for start in range(0, len(contexts), micro):
                part = contexts[start : start + micro]
                ids = torch.zeros((len(part), max(map(len, part))), dtype=torch.long)
                mask = torch.zeros_like(ids)
                for row, context in enumerate(part):
                    ids[row, -len(context) :] = torch.tensor(context)
                    mask[row, -len(context) :] = 1
                places = (mask.cumsum(dim=1) - 1).clamp(min=0)
                logits = model(
                    input_ids=ids.to(device),
                    attention_mask=mask.to(device),
                    position_ids=places.to(device),
                    logits_to_keep=1,
                    use_cache=False,
                ).logits
                found += logits[:, -1].argmax(-1).tolist()
        return found
