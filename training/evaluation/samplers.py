"""The models an evaluation asks: on the CPU Foresight's own generator, on CUDA vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.evaluation.answers import AskedRule, Sampler
from training.models.generate import GroupRequest, Sampled


def load_sampler(model_dir: Path, end_ids: Sequence[int], *, device: str, max_tokens: int) -> Sampler:
    """The sampler of a device.

    Args:
        model_dir: Hugging Face folder.
        end_ids: the tokens that end a response.
        device: `cpu` or `cuda`.
        max_tokens: longest prompt and response together.
    """
    if device == "cuda":
        return VllmSampler(model_dir, end_ids, max_tokens)
    return CpuSampler(model_dir, end_ids)


class CpuSampler:
    """The generator of the CPU rollout, in float32: the compact Llama, else transformers."""

    def __init__(self, model_dir: Path, end_ids: Sequence[int]) -> None:
        import torch

        from training.engine.cpu.generator import load_generator

        self._generator = load_generator(model_dir, end_ids, torch.float32)

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        import torch

        from training.engine.cpu.generator import SamplingRule

        return self._generator.generate(
            [GroupRequest(prompt, rule.samples) for prompt in prompts],
            SamplingRule(temperature=rule.temperature, top_p=1.0, max_new_tokens=rule.max_new_tokens),
            torch.Generator().manual_seed(rule.seed),
        )


class VllmSampler:
    """vLLM's offline engine, in bfloat16."""

    def __init__(self, model_dir: Path, end_ids: Sequence[int], max_tokens: int) -> None:
        from vllm import LLM

        self._end_ids = list(end_ids)
        self._llm = LLM(
            model=str(model_dir), dtype="bfloat16", max_model_len=max_tokens, trust_remote_code=False
        )

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        from vllm import SamplingParams, TokensPrompt

        asked = SamplingParams(
            n=rule.samples,
            temperature=rule.temperature,
            max_tokens=rule.max_new_tokens,
            stop_token_ids=self._end_ids,
            seed=rule.seed,
            logprobs=0,
        )
        given = self._llm.generate(
            [TokensPrompt(prompt_token_ids=list(prompt)) for prompt in prompts], asked, use_tqdm=False
        )
        return [[_sampled(output) for output in request.outputs] for request in given]


def _sampled(output: object) -> Sampled:
    """vLLM's CompletionOutput: with logprobs=0 each step holds the sampled token's own log-prob."""
    ids: Sequence[int] = output.token_ids  # type: ignore[attr-defined]
    steps = output.logprobs or ()  # type: ignore[attr-defined]
    logprobs = tuple(float(step[token].logprob) for token, step in zip(ids, steps, strict=True))
    return Sampled(tuple(ids), logprobs, truncated=output.finish_reason == "length")  # type: ignore[attr-defined]
