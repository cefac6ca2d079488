"""Supervised fine-tuning on the format examples: plain torch, float32 weights, the prompt masked out.

Small on purpose: some tens of steps. It is no general trainer and writes no checkpoints.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.cold_start.examples import Example
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig

if TYPE_CHECKING:
    import torch

_FINAL_SHARE = 0.1  # of the peak learning rate
_GRADIENT_CLIP = 1.0


def cold_start(
    config: ExperimentConfig,
    model_dir: Path,
    examples: Sequence[Example],
    out_dir: Path,
    on_step: Callable[[int, float], None],
) -> Path:
    """Fine-tune the model on the examples and write it as a Hugging Face folder.

    AdamW with a cosine schedule to 10 % of the peak, gradient norm clipped at 1, mean loss over the
    response tokens of a batch. The same input gives the same weights on the same machine.

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
    import torch
    from transformers import AutoModelForCausalLM

    from training.models.cpu import cpu_precision
    from training.models.token_bytes import load_tokenizer

    settings = config.cold_start
    batches = batches_by_length(examples, settings.steps, settings.batch_size, config.seed)
    model: Any = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32, local_files_only=True)
    device = torch.device(_device(config))
    model.to(device).train()
    half = device.type == "cpu" and cpu_precision(config.resources.precision) == "bfloat16"
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    for step, batch in enumerate(batches, start=1):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(settings.learning_rate, step, settings.steps)
        with torch.autocast(device.type, torch.bfloat16, enabled=half, cache_enabled=False):
            loss = _update(model, optimizer, batch, config.resources.micro_batch_rollouts, device)
        if not math.isfinite(loss):
            raise ForesightError(
                f"The loss of cold-start step {step} is no number.",
                field="cold_start.learning_rate",
                remedy="Lower the learning rate.",
            )
        on_step(step, loss)
    return _save(model, load_tokenizer(model_dir), out_dir)


def learning_rate(peak: float, step: int, steps: int) -> float:
    """Cosine from `peak` at step 1 to 10 % of it after the last of `steps`."""
    progress = (step - 1) / steps
    return peak * (_FINAL_SHARE + (1 - _FINAL_SHARE) * 0.5 * (1 + math.cos(math.pi * progress)))


def batches_by_length(
    examples: Sequence[Example], steps: int, batch_size: int, seed: int
) -> list[list[Example]]:
    """`steps` batches of examples of like length, in a seeded order: little padding, no drift.

    Raises ForesightError when there are too few examples.
    """
    needed = steps * batch_size
    if len(examples) < needed:
        raise ForesightError(
            f"The cold start needs {needed} examples and has {len(examples)}.", field="cold_start.steps"
        )
    ordered = sorted(examples[:needed], key=lambda one: len(one.prompt_ids) + len(one.response_ids))
    batches = [ordered[start : start + batch_size] for start in range(0, needed, batch_size)]
    random.Random(seed).shuffle(batches)
    return batches


def _update(
    model: Any, optimizer: torch.optim.Optimizer, batch: Sequence[Example], micro: int, device: torch.device
) -> float:
    """One optimiser step; returns the mean loss over the batch's response tokens, nats."""
    import torch

    tokens = sum(len(example.response_ids) for example in batch)
    total = 0.0
    for start in range(0, len(batch), micro):
        loss = response_loss(model, batch[start : start + micro], device) / tokens
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(model.parameters(), _GRADIENT_CLIP)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return total


def response_loss(model: Any, examples: Sequence[Example], device: torch.device) -> torch.Tensor:
    """Sum of the negative log-probs of the response tokens, nats.

    Sequences are padded on the left, so that all responses end in the last column and the head, a
    third of a small model's work, runs over the response columns alone.
    """
    import torch
    from torch.nn.functional import cross_entropy

    width = max(len(one.prompt_ids) + len(one.response_ids) for one in examples)
    columns = max(len(one.response_ids) for one in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    targets = torch.full((len(examples), columns), -100)
    for row, one in enumerate(examples):
        sequence = (*one.prompt_ids, *one.response_ids)
        ids[row, -len(sequence) :] = torch.tensor(sequence)
        mask[row, -len(sequence) :] = 1
        targets[row, -len(one.response_ids) :] = torch.tensor(one.response_ids)
    places = (mask.cumsum(dim=1) - 1).clamp(min=0)
    logits = model(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        position_ids=places.to(device),
        logits_to_keep=columns + 1,  # the token before a response predicts its first one
    ).logits[:, :-1]
    return cross_entropy(logits.flatten(0, 1).float(), targets.flatten().to(device), reduction="sum")


def _device(config: ExperimentConfig) -> str:
    import torch

    wanted = config.resources.device
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def _save(model: Any, tokenizer: Any, out_dir: Path) -> Path:
    partial = out_dir.with_name(out_dir.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(out_dir, ignore_errors=True)
    partial.rename(out_dir)
    return out_dir
