"""Perplexity of a text by a model on this machine: exp of the mean negative log-probability of its tokens.

The first token has no context and does not count. Only the start of a text is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from training.contract.preparation_quality import QualityModelConfig
from training.models.catalogue import model_folder
from training.models.cpu import use_cpu
from training.models.token_bytes import load_tokenizer
from training.positions.proxy import load_proxy
from training.preparation.opinions import Opinion

_BATCH_TOKENS = 2048  # tokens of one packed pass
_LONGEST_TOKEN = 16  # characters, more or less: what lies beyond so many for each token need not be read


class PerplexityModel:
    """The model that `settings` names. Raises ForesightError where there is none."""

    together = 16

    def __init__(self, settings: QualityModelConfig) -> None:
        use_cpu()
        folder = model_folder(settings.model)
        self.identity = f"perplexity {settings.model} {settings.max_tokens}"
        self._tokenizer = load_tokenizer(folder)
        self._model = load_proxy(folder)
        self._most = settings.max_tokens

    @torch.inference_mode()
    def ask(self, texts: Sequence[str]) -> list[Opinion]:
        """The perplexity of each text; None for one of a single token."""
        ids = [self._ids(text) for text in texts]
        found: list[Opinion] = []
        for batch in _batches(ids):
            losses = self._losses(batch)
            for tokens in batch:
                count = max(0, len(tokens) - 1)
                mine, losses = losses[:count], losses[count:]
                found.append(Opinion(math.exp(float(mine.double().mean())) if count else None))
        return found

    def _ids(self, text: str) -> list[int]:
        part = text[: self._most * _LONGEST_TOKEN]
        encoded: list[int] = self._tokenizer.encode(part, add_special_tokens=False)
        return encoded[: self._most]

    def _losses(self, batch: Sequence[Sequence[int]]) -> torch.Tensor:
        """Negative log-probabilities of every token but the first of each text, end to end."""
        targets = torch.tensor([token for tokens in batch for token in tokens[1:]], dtype=torch.long)
        parts: list[torch.Tensor] = []
        start = 0
        for logits in self._model.logits([tokens[:-1] for tokens in batch]):
            wanted = targets[start : start + len(logits)]
            start += len(logits)
            parts.append(torch.nn.functional.cross_entropy(logits, wanted, reduction="none"))
        return torch.cat(parts)


def _batches(ids: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    batch: list[list[int]] = []
    for tokens in ids:
        if batch and sum(map(len, batch)) + len(tokens) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(tokens)
    if batch:
        yield batch
