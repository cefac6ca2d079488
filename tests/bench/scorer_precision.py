"""How far the scorer's entropies lie from a plain loop in transformers, in float32 and in bfloat16.

    python -m tests.bench.scorer_precision [MODEL] [TOKENS]

Scores the first TOKENS tokens (by default 2,000) of the built-in sample with MODEL (by default the embedded
one) three ways: the packed scorer in float32, the packed scorer in bfloat16, and one document at a
time in transformers in float32, which is the yardstick.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.contract.settings.text import DataConfig, PositionsConfig
from training.corpus.reader import read_corpus
from training.models.catalogue import models_root, resolve_model
from training.models.token_bytes import encode_document, load_tokenizer
from training.positions.candidates import describe
from training.positions.proxy import PackedProxy, Proxy

_THRESHOLDS = (0.5, 1.0, 1.5)


def documents(model: Path, tokens: int) -> list[tuple[int, ...]]:
    """Token ids of the sample's documents, each cut to a window, `tokens` of them in all."""
    tokenizer = load_tokenizer(model)
    chosen: list[tuple[int, ...]] = []
    for document in read_corpus(DataConfig()).documents:
        left = tokens - sum(map(len, chosen))
        if left < 2:
            break
        chosen.append(encode_document(tokenizer, document.text).ids[: min(left, PositionsConfig().window)])
    return chosen


def packed(proxy: Proxy, ids: Sequence[Sequence[int]]) -> Iterator[dict[str, np.ndarray]]:
    for one in ids:
        logits = torch.cat(list(proxy.logits([one[:-1]])))
        yield columns(logits, one)


def plain(model: Path, ids: Sequence[Sequence[int]]) -> Iterator[dict[str, np.ndarray]]:
    from transformers import AutoModelForCausalLM

    network: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    for one in ids:
        yield columns(network(torch.tensor([list(one[:-1])])).logits[0], one)


def columns(logits: torch.Tensor, ids: Sequence[int]) -> dict[str, np.ndarray]:
    said = describe(logits.float(), torch.tensor(ids[1:]), 16, "renormalised")
    return {name: said[name].numpy() for name in ("entropy", "truth_logprob", "argmax_id")}


def joined(parts: Iterator[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    found = list(parts)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def compare(name: str, found: dict[str, np.ndarray], truth: dict[str, np.ndarray]) -> None:
    off = np.abs(found["entropy"] - truth["entropy"])
    print(f"{name}: entropy off by {off.max():.2e} at most, {off.mean():.2e} on average (nats);", end=" ")
    print(f"log p(truth) by {np.abs(found['truth_logprob'] - truth['truth_logprob']).max():.2e};", end=" ")
    print(f"same argmax at {np.mean(found['argmax_id'] == truth['argmax_id']):.2%}")
    for threshold in _THRESHOLDS:
        ours, theirs = found["entropy"] >= threshold, truth["entropy"] >= threshold
        print(f"  kept at {threshold}: {ours.mean():.2%} against {theirs.mean():.2%};", end=" ")
        print(f"{np.mean(ours != theirs):.2%} of the positions change sides")


@torch.inference_mode()
def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct"
    model = resolve_model(name, models_root())
    ids = documents(model, int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
    truth = joined(plain(model, ids))
    print(f"{name}: {len(truth['entropy']):,} positions of {len(ids)} documents")
    compare("float32", joined(packed(PackedProxy(model), ids)), truth)
    compare("bfloat16", joined(packed(PackedProxy(model, torch.bfloat16), ids)), truth)


if __name__ == "__main__":
    main()
