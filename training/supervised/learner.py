"""A model that learns token by token: plain torch, float32 weights, AdamW, one process, one device."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.checkpoints.store import checkpoint_folder
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    import torch

_STATE = "state/optimizer.pt"


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """How a model learns, the same at every step; the learning rate is given with each."""

    device: str
    half: bool  # whether products are computed in bfloat16; weights and optimiser are float32 anyway
    micro_batch: int  # sequences of one forward and backward pass
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    gradient_clip: float = 1.0
    recompute: bool = False  # activations in the backward pass, to save memory
    rate_field: str = "optimisation.learning_rate"  # the setting to lower when the loss is no number

    @classmethod
    def of(cls, config: ExperimentConfig, *, half: bool, recompute: bool) -> LearnerSettings:
        """As the sections `optimisation` and `resources` have it."""
        settings = config.optimisation
        return cls(
            device=device_of(config),
            half=half,
            micro_batch=config.resources.micro_batch_rollouts,
            betas=(settings.adam_beta1, settings.adam_beta2),
            weight_decay=settings.weight_decay,
            gradient_clip=settings.gradient_clip,
            recompute=recompute,
        )


class Learner:
    """Model, tokenizer and optimiser.

    Args:
        folder: Hugging Face folder of the start weights.
        settings: how it learns.
        resume_from: a checkpoint that `save` wrote, in place of `folder`; None to begin.
    """

    def __init__(self, folder: Path, settings: LearnerSettings, resume_from: Path | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        from training.models.token_bytes import load_tokenizer

        weights = resume_from / "model" if resume_from else folder
        model: Any = AutoModelForCausalLM.from_pretrained(
            weights, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
        self.device = torch.device(settings.device)
        self.model = model.to(self.device)
        if settings.recompute:
            self.model.gradient_checkpointing_enable({"use_reentrant": False})
        self.tokenizer = load_tokenizer(weights)
        self.parameters = sum(one.numel() for one in self.model.parameters())
        self._settings = settings
        self._optimizer = torch.optim.AdamW(
            self.model.parameters(), betas=settings.betas, weight_decay=settings.weight_decay
        )
        if resume_from:
            state = torch.load(resume_from / _STATE, map_location=self.device, weights_only=True)
            self._optimizer.load_state_dict(state)

    def update(self, batch: Sequence[Labelled], rate: float, name: str) -> tuple[float, float]:
        """One optimiser step at `rate`.

        Returns:
            The mean loss of the learnt tokens in nats, and the norm of the gradient before clipping.

        Raises:
            ForesightError: the loss of `name` ("step 3") is no number; the weights are as they were.
        """
        import torch

        self.model.train()
        learnt, total = sum(one.count for one in batch), 0.0
        for part in self._parts(batch):
            with self._precision():
                loss = learnt_loss(self.model, part, self.device) / learnt
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        if not math.isfinite(total):
            raise ForesightError(
                f"The loss of {name} is no number.",
                field=self._settings.rate_field,
                remedy="Lower the learning rate.",
            )
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._settings.gradient_clip)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return total, float(norm)

    def mean_loss(self, examples: Sequence[Labelled]) -> float:
        """The mean loss of the learnt tokens, nats; nothing is learnt."""
        import torch

        self.model.eval()
        total = 0.0
        with torch.no_grad(), self._precision():
            for part in self._parts(sorted(examples, key=lambda one: len(one.ids))):
                total += float(learnt_loss(self.model, part, self.device))
        return total / sum(one.count for one in examples)

    def save(self, run_dir: Path, step: int) -> Path:
        """Write model/ and state/ of a checkpoint under a provisional name, then rename. The manifest comes after."""
        import torch

        folder = checkpoint_folder(run_dir, step)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / _STATE).parent.mkdir(parents=True)
        self.write_model(partial / "model")
        torch.save(self._optimizer.state_dict(), partial / _STATE)
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier attempt that this one overtook
        partial.rename(folder)
        return folder

    def write_model(self, folder: Path) -> None:
        """Weights in float32, configuration and tokenizer, as a Hugging Face folder."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def _parts(self, examples: Sequence[Labelled]) -> Iterator[Sequence[Labelled]]:
        size = self._settings.micro_batch
        return (examples[start : start + size] for start in range(0, len(examples), size))

    def _precision(self) -> Any:
        import torch

        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self._settings.half, cache_enabled=False
        )


def learnt_loss(model: Any, examples: Sequence[Labelled], device: torch.device) -> torch.Tensor:
    """Sum of the negative log-probs of the learnt tokens, nats.

    Sequences are padded on the left, so that responses end in the last column together, and the head, a
    third of a small model's work, runs over the columns alone that predict a learnt token of some sequence.
    """
    import torch
    from torch.nn.functional import cross_entropy

    width = max(len(one.ids) for one in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    targets = torch.full_like(ids, -100)
    for row, one in enumerate(examples):
        tokens = torch.tensor(one.ids)
        ids[row, -len(one.ids) :] = tokens
        mask[row, -len(one.ids) :] = 1
        targets[row, -len(one.ids) :] = tokens.where(torch.tensor(one.learnt), -100)
    columns = (targets != -100).any(dim=0).nonzero().squeeze(1)
    places = (mask.cumsum(dim=1) - 1).clamp(min=0)
    logits = model(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        position_ids=places.to(device),
        logits_to_keep=(columns - 1).to(device),  # the token before predicts it
        use_cache=False,
    ).logits
    found = targets[:, columns].flatten().to(device)
    kept = found != -100  # the rest of the vocabulary's width in float32 is what memory goes into
    return cross_entropy(logits.flatten(0, 1)[kept].float(), found[kept], reduction="sum")


def device_of(config: ExperimentConfig) -> str:
    """The device to learn on: as set, or CUDA where there is one."""
    import torch

    wanted = config.resources.device
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def computes_in_half(config: ExperimentConfig) -> bool:
    """Whether products are computed in bfloat16: on CUDA, and on a CPU as `resources.precision` has it."""
    from training.models.precision import cpu_precision

    return device_of(config) != "cpu" or cpu_precision(config.resources.precision) == "bfloat16"
