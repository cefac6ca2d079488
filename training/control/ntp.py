"""Continual next-token training: plain torch in float32 on one device, AdamW at a constant rate.

Step by step it spends what a step of the RPT run spends, and is measured at the same contexts, so that
the two can be drawn over one axis. No general trainer: one process, one device.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from training.checkpoints.publish import publish_checkpoint
from training.checkpoints.store import checkpoint_folder, step_of
from training.contract.errors import ForesightError
from training.contract.events import Event, Metrics, Progress, Resumed
from training.contract.experiment import ExperimentConfig
from training.contract.settings.method import NtpConfig
from training.control.packing import packed_sequences
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.records import Task

if TYPE_CHECKING:
    import torch

_STATE = "state/optimizer.pt"


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
    trainer = _Trainer(config, given, model_dir, resume_from)
    done = 0
    if resume_from is not None:
        done = step_of(resume_from)
        emit(Resumed(step=done, path=resume_from.relative_to(run_dir).as_posix()))
    steps, every = config.optimisation.steps, config.checkpoints.every
    trainer.skip(done)
    for step in range(done + 1, steps + 1):
        values = trainer.step(step)
        if step == steps or (every and step % every == 0):
            began = time.monotonic()
            folder = trainer.save(run_dir, step)
            for event in publish_checkpoint(config, run_dir, folder, values):
                emit(event)
            values["time/checkpoint"] = time.monotonic() - began
        emit(Metrics(step=step, values=values))
        emit(Progress(stage="control", done=step, total=steps, unit="steps"))
    return max(done, steps)


def sequences_per_step(tokens: int, length: int) -> int:
    """Whole sequences that come closest to `tokens`; at least one."""
    return max(1, round(tokens / length))


class _Trainer:
    """Model, optimiser and the stream of sequences."""

    def __init__(
        self, config: ExperimentConfig, given: ControlInput, model_dir: Path, resume_from: Path | None
    ) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        assert isinstance(config.method, NtpConfig)
        self._config, self._given = config, given
        folder = resume_from / "model" if resume_from else model_dir
        self._device = torch.device(_device(config))
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        self._model = model.to(self._device)
        self._tokenizer = load_tokenizer(folder)
        self._bytes = TokenBytes(self._tokenizer)
        self._parameters = sum(one.numel() for one in self._model.parameters())
        settings = config.optimisation
        self._optimizer = torch.optim.AdamW(
            self._model.parameters(),
            lr=settings.learning_rate,
            betas=(settings.adam_beta1, settings.adam_beta2),
            weight_decay=settings.weight_decay,
        )
        if resume_from:
            state = torch.load(resume_from / _STATE, map_location=self._device, weights_only=True)
            self._optimizer.load_state_dict(state)
        self._length = config.method.sequence_tokens
        self._rows = sequences_per_step(given.tokens_per_step, self._length)
        self._sequences = packed_sequences(
            given.documents, length=self._length, end_id=self._tokenizer.eos_token_id, seed=config.seed
        )

    def skip(self, steps: int) -> None:
        """Pass over the sequences of steps that are done."""
        for _ in islice(self._sequences, steps * self._rows):
            continue

    def step(self, number: int) -> dict[str, float | None]:
        """Measure the weights at the step's contexts, then update them; returns the step's metrics."""
        import torch

        began = time.monotonic()
        torch.manual_seed(self._config.seed * 1_000_003 + number)
        values = self._measure(number)
        loss, norm = self._update([next(self._sequences) for _ in range(self._rows)])
        if not math.isfinite(loss):
            raise ForesightError(
                f"The loss of step {number} is no number.",
                field="optimisation.learning_rate",
                remedy="Lower the learning rate.",
            )
        seconds, tokens = time.monotonic() - began, self._rows * self._length
        return {
            **values,
            "control/loss": loss,
            "update/grad_norm": norm,
            "update/learning_rate": self._config.optimisation.learning_rate,
            "compute/rollout_tokens": 0.0,
            "compute/train_tokens": float(tokens),
            "compute/flops": 6.0 * self._parameters * tokens,
            "time/step": seconds,
            "throughput/tokens": tokens / seconds,
        }

    def _measure(self, number: int) -> dict[str, float | None]:
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
        self._model.eval()
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
                logits = self._model(
                    input_ids=ids.to(self._device),
                    attention_mask=mask.to(self._device),
                    position_ids=places.to(self._device),
                    logits_to_keep=1,
                    use_cache=False,
                ).logits
                found += logits[:, -1].argmax(-1).tolist()
        return found

    def _update(self, rows: Sequence[tuple[int, ...]]) -> tuple[float, float]:
        """One optimiser step; returns the mean token loss in nats and the gradient norm before clipping."""
        import torch
        from torch.nn.functional import cross_entropy

        self._model.train()
        micro = self._config.resources.micro_batch_rollouts
        predicted, total = len(rows) * (self._length - 1), 0.0
        for start in range(0, len(rows), micro):
            ids = torch.tensor(rows[start : start + micro], device=self._device)
            logits = self._model(input_ids=ids, use_cache=False).logits[:, :-1]
            loss = (
                cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="sum") / predicted
            )
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        clip = self._config.optimisation.gradient_clip
        norm: torch.Tensor = torch.nn.utils.clip_grad_norm_(self._model.parameters(), clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return total, float(norm)

    def save(self, run_dir: Path, step: int) -> Path:
        """Write model/ and state/ under a provisional name, then rename; the manifest comes after."""
        import torch

        folder = checkpoint_folder(run_dir, step)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / _STATE).parent.mkdir(parents=True)
        self._model.save_pretrained(partial / "model")
        self._tokenizer.save_pretrained(partial / "model")
        torch.save(self._optimizer.state_dict(), partial / _STATE)
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier attempt that this one overtook
        partial.rename(folder)
        return folder


def _device(config: ExperimentConfig) -> str:
    import torch

    wanted = config.resources.device
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted
