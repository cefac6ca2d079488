"""Sampling on the CPU: the compact Llama where the model is one, else transformers.

Both give the same results; the compact forward computes a prompt once for all its samples and
drops finished rows, which is several times faster (docs/architecture.md, models/).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from training.models.generate import GroupRequest, Sampled, Watch, generate_groups
from training.models.llama import LlamaForward, supports
from training.models.sampling import Draws, draw, entropies_of, sampling_logprobs

PACKED_TOKENS = 4096
"""Tokens that are scored in one pass."""


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """How tokens are drawn. Requests that share a rule are generated together."""

    temperature: float  # 0: the most likely token
    top_p: float
    max_new_tokens: int


class Generator(Protocol):
    """A policy that can be sampled from and given new weights."""

    def load_state(self, named_tensors: Mapping[str, torch.Tensor]) -> None:
        """Take new weights, by their Hugging Face names."""

    def generate(
        self,
        groups: Sequence[GroupRequest],
        rule: SamplingRule,
        random: torch.Generator | None = None,
        watch: Watch | None = None,
    ) -> list[list[Sampled]]:
        """Samples of every group, in the order asked for. `random`: for groups without seeds of their own."""

    def last_logprobs(self, sequences: Sequence[tuple[int, ...]]) -> list[float]:
        """log p(last token | the tokens before it) of each sequence of two tokens or more, nats.

        At temperature 1, whatever is sampled at.
        """

    def next_logprobs(
        self, contexts: Sequence[tuple[int, ...]], wanted: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """log p(token | context) of each context's `wanted` tokens, nats, at temperature 1."""


def load_generator(model_dir: Path, end_ids: Sequence[int], dtype: torch.dtype) -> Generator:
    """The fastest generator that knows the model's architecture, computing in `dtype`."""
    config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
    if supports(config):
        return LlamaGenerator(model_dir, end_ids, dtype)
    return TransformersGenerator(model_dir, end_ids, dtype)


class LlamaGenerator:
    """Shared-prefix generation with the compact Llama forward."""

    def __init__(self, model_dir: Path, end_ids: Sequence[int], dtype: torch.dtype) -> None:
        self._model = LlamaForward.from_folder(model_dir, dtype=dtype)
        self._end_ids = tuple(end_ids)

    def load_state(self, named_tensors: Mapping[str, torch.Tensor]) -> None:
        self._model.load_state(named_tensors)

    @torch.inference_mode()
    def generate(
        self,
        groups: Sequence[GroupRequest],
        rule: SamplingRule,
        random: torch.Generator | None = None,
        watch: Watch | None = None,
    ) -> list[list[Sampled]]:
        return generate_groups(
            self._model,
            groups,
            max_new_tokens=rule.max_new_tokens,
            temperature=rule.temperature,
            top_p=rule.top_p,
            eos_ids=self._end_ids,
            generator=random,
            watch=watch,
        )

    def last_logprobs(self, sequences: Sequence[tuple[int, ...]]) -> list[float]:
        return _of_last(self, sequences)

    @torch.inference_mode()
    def next_logprobs(
        self, contexts: Sequence[tuple[int, ...]], wanted: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        found: list[list[float]] = []
        for part in _parts(contexts):
            ends = torch.tensor([len(context) for context in part]).cumsum(0) - 1
            logs = self._model.logits(self._model.packed_hidden(part)[ends]).float().log_softmax(-1)
            for row, tokens in zip(logs, wanted[len(found) : len(found) + len(part)], strict=True):
                found.append(row[torch.tensor(tokens)].tolist())
        return found


class TransformersGenerator:
    """Batched generation with the model's own transformers code, for every other architecture.

    Runs on the CPU; `device` puts it on a GPU for whoever asks a model outside a run.
    """

    def __init__(
        self, model_dir: Path, end_ids: Sequence[int], dtype: torch.dtype, device: str = "cpu"
    ) -> None:
        from transformers import AutoModelForCausalLM

        model: Any = AutoModelForCausalLM.from_pretrained(
            model_dir, dtype=dtype, local_files_only=True, trust_remote_code=False
        )
        self._model = model.eval().to(device)
        self._device = torch.device(device)
        self._end_ids = torch.tensor(list(end_ids), device=self._device)

    def load_state(self, named_tensors: Mapping[str, torch.Tensor]) -> None:
        own = dict(self._model.named_parameters())
        tied = getattr(self._model.config, "tie_word_embeddings", False)
        unknown = [name for name in named_tensors if name not in own and not (tied and "lm_head" in name)]
        if unknown:
            raise ValueError(f"the weights hold names the model does not have: {', '.join(unknown[:3])}")
        with torch.no_grad():
            for name, tensor in named_tensors.items():
                if name in own:
                    own[name].copy_(tensor)

    @torch.inference_mode()
    def generate(
        self,
        groups: Sequence[GroupRequest],
        rule: SamplingRule,
        random: torch.Generator | None = None,
        watch: Watch | None = None,
    ) -> list[list[Sampled]]:
        prompts = [group.prompt_ids for group in groups for _ in range(group.samples)]
        seeds = [seed for group in groups for seed in group.seeds]
        drawn = self._decode(prompts, rule, Draws(len(prompts), rule.max_new_tokens, seeds, random), watch)
        ends = set(self._end_ids.tolist())
        rows = iter(zip(*drawn, strict=True))
        return [[_cut(*next(rows), ends) for _ in range(group.samples)] for group in groups]

    def last_logprobs(self, sequences: Sequence[tuple[int, ...]]) -> list[float]:
        return _of_last(self, sequences)

    @torch.inference_mode()
    def next_logprobs(
        self, contexts: Sequence[tuple[int, ...]], wanted: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        found: list[list[float]] = []
        for context, tokens in zip(contexts, wanted, strict=True):
            ids = torch.tensor([context], device=self._device)
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=1).logits[0, -1]
            found.append(logits.float().log_softmax(-1).cpu()[torch.tensor(tokens)].tolist())
        return found

    def _decode(
        self,
        prompts: Sequence[tuple[int, ...]],
        rule: SamplingRule,
        draws: Draws,
        watch: Watch | None,
    ) -> tuple[list[list[int]], list[list[float]], list[list[float]]]:
        """Tokens, their log-probs and entropies, (rows, steps); what follows a row's end token is noise."""
        longest = max(len(prompt) for prompt in prompts)
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):  # padded on the left, so that all rows end together
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            mask[row, longest - len(prompt) :] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        done = torch.zeros(len(prompts), dtype=torch.bool, device=self._device)
        tokens, logprobs, entropies, cache = [], [], [], None
        rows: list[list[int]] = [[] for _ in prompts]  # for who watches: without the noise
        for step in range(rule.max_new_tokens):
            output = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            cache = output.past_key_values
            uniform = draws.at(step).to(self._device) if rule.temperature > 0 else None
            known = sampling_logprobs(output.logits[:, -1], rule.temperature, rule.top_p)
            chosen, logs = draw(known, uniform)
            tokens.append(chosen)
            logprobs.append(logs)
            entropies.append(entropies_of(known))
            ids = chosen[:, None]
            if watch is not None and not _shown(rows, chosen, done, watch):
                break
            done |= torch.isin(chosen, self._end_ids)
            if bool(done.all()):
                break
            mask = torch.cat([mask, torch.ones_like(ids)], dim=-1)
            positions = positions[:, -1:] + 1
        columns = (torch.stack(column, 1).tolist() for column in (tokens, logprobs, entropies))
        return next(columns), next(columns), next(columns)


def _shown(rows: list[list[int]], chosen: torch.Tensor, done: torch.Tensor, watch: Watch) -> bool:
    """Give each unfinished row its token and show them; returns whether to go on."""
    for row, token, ended in zip(rows, chosen.tolist(), done.tolist(), strict=True):
        if not ended:
            row.append(token)
    return watch(rows)


def _of_last(generator: Generator, sequences: Sequence[tuple[int, ...]]) -> list[float]:
    """The log-probs of the sequences' own last tokens."""
    contexts, wanted = [one[:-1] for one in sequences], [one[-1:] for one in sequences]
    return [value for (value,) in generator.next_logprobs(contexts, wanted)]


def _parts(sequences: Sequence[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    """The sequences in their order, so many at a time that a pass stays small."""
    part: list[tuple[int, ...]] = []
    for sequence in sequences:
        if part and sum(map(len, part)) + len(sequence) > PACKED_TOKENS:
            yield part
            part = []
        part.append(sequence)
    if part:
        yield part


def _cut(tokens: list[int], logprobs: list[float], entropies: list[float], ends: set[int]) -> Sampled:
    """One row up to and with its first end token."""
    length = next((at + 1 for at, token in enumerate(tokens) if token in ends), None)
    known = (tuple(logprobs[:length]), length is None, tuple(entropies[:length]))
    return Sampled(tuple(tokens[:length]), *known)
