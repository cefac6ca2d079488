"""Responses of a model folder outside a run, without verl or Ray: for probes, tables, evaluations.

On the CPU with the generators of the rollout server itself, on CUDA with vLLM's own `LLM`. A run asks
its own rollout servers instead (`engine/evaluator.py`), by the same protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from training.engine.tokens import end_token_ids
from training.models.generate import GroupRequest, Sampled
from training.models.precision import cpu_precision

if TYPE_CHECKING:
    from training.engine.overrides import Device

ROLLOUTS_TOGETHER: dict[Device, int] = {"cpu": 64, "cuda": 2048}
"""Responses worth asking for in one call: more are no faster, and progress would be seen less often."""


@dataclass(frozen=True, slots=True)
class AskedRule:
    """How responses are drawn."""

    samples: int  # responses to each prompt
    temperature: float  # 0: the most likely token
    top_p: float
    max_new_tokens: int
    seed: int | None  # of this call; None: it goes on with the sampler's stream, begun when it was loaded


class Sampler(Protocol):
    """A model that can be asked."""

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        """`rule.samples` responses to each prompt, in the prompts' order, with their end tokens.

        The same prompts and seed give the same responses, on one device and version.
        """


class Chooser(Protocol):
    """A model that can be asked which of some tokens comes next."""

    def choose(self, prompts: Sequence[tuple[int, ...]], choices: Sequence[Sequence[int]]) -> list[int]:
        """The place of the likeliest token among each prompt's `choices`; of equal ones the first."""


class Asked(Sampler, Chooser, Protocol):
    """A model folder that was loaded: it can be asked in both ways."""


def load_sampler(
    model_dir: Path,
    *,
    device: Device,
    max_tokens: int,
    precision: Literal["auto", "float32", "bfloat16"] = "float32",
    seed: int = 0,
    tensor_parallel: int = 1,
    gpu_memory_share: float = 0.9,
) -> Asked:
    """A model folder, ready to be asked; a response ends where the folder's own end tokens say.

    Args:
        model_dir: Hugging Face folder.
        device: where it computes.
        max_tokens: longest prompt and response together (CUDA).
        precision: of the arithmetic on a CPU, as `resources.precision`; on CUDA it is bfloat16, as in rollouts.
        seed: where the stream of calls without a seed begins.
        tensor_parallel: GPUs the model is spread over.
        gpu_memory_share: share of each GPU's memory that vLLM may take.
    """
    if device == "cpu":
        return CpuSampler(model_dir, precision, seed)
    from vllm import LLM

    llm = LLM(
        model=str(model_dir),
        dtype="bfloat16",
        seed=seed,
        max_model_len=max_tokens,
        tensor_parallel_size=tensor_parallel,
        gpu_memory_utilization=gpu_memory_share,
        logprobs_mode="processed_logprobs",  # of the distribution that was sampled from
        trust_remote_code=False,
    )
    return VllmSampler(llm, end_token_ids(model_dir))


class CpuSampler:
    """The CPU rollout's own generator, in this process."""

    def __init__(
        self,
        model_dir: Path,
        precision: Literal["auto", "float32", "bfloat16"] = "float32",
        seed: int = 0,
    ) -> None:
        import torch

        from training.engine.cpu.generator import load_generator

        dtype: torch.dtype = getattr(torch, cpu_precision(precision))
        self._generator = load_generator(model_dir, end_token_ids(model_dir), dtype)
        self._stream = torch.Generator().manual_seed(seed)

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        import torch

        from training.engine.cpu.generator import SamplingRule

        return self._generator.generate(
            [GroupRequest(prompt, rule.samples) for prompt in prompts],
            SamplingRule(rule.temperature, rule.top_p, rule.max_new_tokens),
            self._stream if rule.seed is None else torch.Generator().manual_seed(rule.seed),
        )

    def choose(self, prompts: Sequence[tuple[int, ...]], choices: Sequence[Sequence[int]]) -> list[int]:
        found = self._generator.next_logprobs(prompts, choices)
        return [values.index(max(values)) for values in found]


class VllmSampler:
    """vLLM's offline engine (`vllm.LLM`), in this process."""

    def __init__(self, llm: Any, end_ids: Sequence[int]) -> None:
        self._llm = llm
        self._end_ids = list(end_ids)

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        from vllm import SamplingParams, TokensPrompt

        asked = SamplingParams(
            n=rule.samples,
            temperature=rule.temperature,
            top_p=rule.top_p,
            max_tokens=rule.max_new_tokens,
            stop_token_ids=self._end_ids,
            seed=rule.seed,
            logprobs=0,
            detokenize=False,
        )
        given = self._llm.generate(
            [TokensPrompt(prompt_token_ids=list(prompt)) for prompt in prompts], asked, use_tqdm=False
        )
        return [[_sampled(output) for output in request.outputs] for request in given]

    def choose(self, prompts: Sequence[tuple[int, ...]], choices: Sequence[Sequence[int]]) -> list[int]:
        """One token, greedily, of those that are allowed: the argmax over their logits."""
        from vllm import SamplingParams, TokensPrompt

        asked = [
            SamplingParams(temperature=0.0, max_tokens=1, allowed_token_ids=list(allowed), detokenize=False)
            for allowed in choices
        ]
        given = self._llm.generate(
            [TokensPrompt(prompt_token_ids=list(prompt)) for prompt in prompts], asked, use_tqdm=False
        )
        return [
            list(allowed).index(request.outputs[0].token_ids[0])
            for allowed, request in zip(choices, given, strict=True)
        ]


def _sampled(output: Any) -> Sampled:
    """vLLM's CompletionOutput: with logprobs=0 each step holds the sampled token's own log-prob."""
    ids: Sequence[int] = output.token_ids
    steps = output.logprobs or ()
    logprobs = tuple(float(step[token].logprob) for token, step in zip(ids, steps, strict=True))
    return Sampled(tuple(ids), logprobs, truncated=output.finish_reason == "length")
