"""Samples from a model folder as a rollout would, without verl or Ray: for what is measured outside a run.

On the CPU the generators of the rollout server itself, on CUDA vLLM's own `LLM`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from training.contract.experiment import ExperimentConfig
from training.engine.overrides import Device
from training.engine.tokens import end_token_ids
from training.models.cpu import cpu_precision

_CPU_ROLLOUTS = 64
"""Rollouts generated together on the CPU: more are no faster, and progress would be seen less often."""
_CUDA_ROLLOUTS = 2048


class Sampler(Protocol):
    """Draws responses under the sampling settings of one experiment."""

    together: int  # rollouts worth asking for in one call

    def sample(self, prompts: Sequence[tuple[int, ...]], samples: int) -> list[list[tuple[int, ...]]]:
        """`samples` responses to each prompt, as token ids with their end token, in the prompts' order."""


def load_sampler(config: ExperimentConfig, model_dir: Path, device: Device) -> Sampler:
    """The sampler of a model folder on `device`; the same experiment and seed draw the same responses."""
    if device == "cuda":
        return VllmSampler(config, model_dir)
    return CpuSampler(config, model_dir)


class CpuSampler:
    """The CPU rollout's own generator, in this process."""

    together = _CPU_ROLLOUTS

    def __init__(self, config: ExperimentConfig, model_dir: Path) -> None:
        import torch

        from training.engine.cpu.generator import SamplingRule, load_generator

        sampling = config.sampling
        self._rule = SamplingRule(sampling.temperature, sampling.top_p, sampling.max_response_tokens)
        self._generator = load_generator(
            model_dir, end_token_ids(model_dir), getattr(torch, cpu_precision(config.resources.precision))
        )
        self._random = torch.Generator().manual_seed(config.seed)

    def sample(self, prompts: Sequence[tuple[int, ...]], samples: int) -> list[list[tuple[int, ...]]]:
        from training.models.generate import GroupRequest

        groups = [GroupRequest(prompt, samples) for prompt in prompts]
        drawn = self._generator.generate(groups, self._rule, self._random)
        return [[response.token_ids for response in group] for group in drawn]


class VllmSampler:
    """vLLM in this process, with the rollout's precision and end tokens."""

    together = _CUDA_ROLLOUTS

    def __init__(self, config: ExperimentConfig, model_dir: Path) -> None:
        from vllm import LLM

        self._sampling = config.sampling
        self._end_ids = list(end_token_ids(model_dir))
        self._llm = LLM(
            model=str(model_dir),
            dtype="bfloat16",
            seed=config.seed,
            max_model_len=config.sampling.max_prompt_tokens + config.sampling.max_response_tokens,
            tensor_parallel_size=config.resources.tensor_parallel,
            gpu_memory_utilization=config.resources.gpu_memory_share,
            trust_remote_code=False,
        )

    def sample(self, prompts: Sequence[tuple[int, ...]], samples: int) -> list[list[tuple[int, ...]]]:
        from vllm import SamplingParams

        rule = SamplingParams(
            n=samples,
            temperature=self._sampling.temperature,
            top_p=self._sampling.top_p,
            max_tokens=self._sampling.max_response_tokens,
            stop_token_ids=self._end_ids,
            detokenize=False,
        )
        asked = [{"prompt_token_ids": list(prompt)} for prompt in prompts]
        answers = self._llm.generate(asked, rule, use_tqdm=False)
        return [[tuple(response.token_ids) for response in answer.outputs] for answer in answers]
