"""The model of a session, in this process: on the GPU where it fits beside what runs there, else on the CPU."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.engine.cpu.generator import Generator, TransformersGenerator, load_generator
from training.engine.tokens import end_token_ids
from training.models.cpu import use_cpu
from training.models.precision import cpu_precision
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.models.weights import parameter_count, weight_files

_ROOM = 1.5
"""Free GPU memory per byte of weights in bfloat16: what is left is for keys and values."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that can be asked."""

    generator: Generator
    tokenizer: Any
    token_bytes: TokenBytes
    end_ids: tuple[int, ...]
    longest: int  # tokens that prompt and response may have together
    parameters: int
    device: str  # for people


def load_model(folder: Path, config: ExperimentConfig) -> LoadedModel:
    """Load a Hugging Face folder.

    A training on the same GPU keeps its memory: the model goes to the CPU where it would not fit beside it.
    On the CPU it computes as the run's rollouts do.
    """
    tokenizer, end_ids = load_tokenizer(folder), end_token_ids(folder)
    parameters = parameter_count(folder)
    generator: Generator
    if _fits_on_gpu(folder, config):
        generator = TransformersGenerator(folder, end_ids, torch.bfloat16, "cuda")
        device = f"{torch.cuda.get_device_name()}, bfloat16"
    else:
        threads = config.resources.threads
        use_cpu(threads)
        precision = cpu_precision(config.resources.precision)
        generator = load_generator(folder, end_ids, getattr(torch, precision))
        device = f"CPU, {threads} {'thread' if threads == 1 else 'threads'}, {precision}"
    return LoadedModel(
        generator=generator,
        tokenizer=tokenizer,
        token_bytes=TokenBytes(tokenizer),
        end_ids=end_ids,
        longest=_longest(folder),
        parameters=parameters,
        device=device,
    )


def _fits_on_gpu(folder: Path, config: ExperimentConfig) -> bool:
    if config.resources.device == "cpu" or not torch.cuda.is_available():
        return False
    free, _ = torch.cuda.mem_get_info()
    return free > _ROOM * sum(file.stat().st_size for file in weight_files(folder))


def _longest(folder: Path) -> int:
    """What the model was built for; a folder that does not say takes anything."""
    found = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("max_position_embeddings")
    return int(found) if found else 1 << 30


def check_length(model: LoadedModel, prompt: int, response: int) -> None:
    """Raises ForesightError where a prompt and its response are longer than the model can see."""
    if prompt + response > model.longest:
        room = model.longest - prompt
        raise ForesightError(
            f"The prompt has {prompt} tokens; with {response} more it exceeds the {model.longest} that the model "
            "can see.",
            field="max_tokens",
            remedy=f"Ask for at most {room} tokens." if room > 0 else "Use a shorter context.",
        )
