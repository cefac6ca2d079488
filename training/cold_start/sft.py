"""The cold start: a few tens of supervised steps on responses before GRPO, the prompts masked out.

It writes weights and no checkpoints: an attempt that was stopped in it begins it again.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.supervised.labelled import Labelled
from training.supervised.learner import Learner, LearnerSettings, computes_in_half, device_of
from training.supervised.schedule import learning_rate

_LOWEST_SHARE = 0.1  # of the peak learning rate


def cold_start(
    config: ExperimentConfig,
    model_dir: Path,
    examples: Sequence[Labelled],
    out_dir: Path,
    on_step: Callable[[int, float], None],
) -> Path:
    """Fine-tune the model on the examples and write it as a Hugging Face folder.

    AdamW with a cosine schedule to 10 % of the peak, gradient norm clipped at 1, mean loss over the
    learnt tokens of a batch. The same input gives the same weights on the same machine.

    Args:
        config: `cold_start`, `resources` and `seed` are used.
        model_dir: the start weights.
        examples: at least steps x batch size of them.
        out_dir: where the new folder goes; it appears whole, in place of what was there.
        on_step: called with the step (from 1) and its loss in nats per token.

    Returns:
        `out_dir`, with float32 safetensors, config, generation config and tokenizer.

    Raises:
        ForesightError: too few examples, or a loss that is no number.
    """
    settings = config.cold_start
    batches = batches_by_length(examples, settings.steps, settings.batch_size, config.seed)
    learner = Learner(
        model_dir,
        LearnerSettings(
            device=device_of(config),
            half=computes_in_half(config),
            micro_batch=config.resources.micro_batch_rollouts,
            rate_field="cold_start.learning_rate",
        ),
    )
    for step, batch in enumerate(batches, start=1):
        rate = learning_rate(settings.learning_rate, step, settings.steps, lowest_share=_LOWEST_SHARE)
        loss, _ = learner.update(batch, rate, f"cold-start step {step}")
        on_step(step, loss)
    partial = out_dir.with_name(out_dir.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    learner.write_model(partial)
    shutil.rmtree(out_dir, ignore_errors=True)
    partial.rename(out_dir)
    return out_dir


def batches_by_length(
    examples: Sequence[Labelled], steps: int, batch_size: int, seed: int
) -> list[list[Labelled]]:
    """`steps` batches of examples of like length, in a seeded order: little padding, no drift.

    Raises ForesightError when there are too few examples.
    """
    needed = steps * batch_size
    if len(examples) < needed:
        raise ForesightError(
            f"The cold start needs {needed} examples and has {len(examples)}.", field="cold_start.steps"
        )
    ordered = sorted(examples[:needed], key=lambda one: len(one.ids))
    batches = [ordered[start : start + batch_size] for start in range(0, needed, batch_size)]
    random.Random(seed).shuffle(batches)
    return batches
