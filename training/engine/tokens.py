"""Which tokens end a response, and how token ids read as text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from training.models.token_bytes import load_tokenizer


@lru_cache(maxsize=8)
def end_token_ids(model_dir: Path) -> tuple[int, ...]:
    """Ids that end a response: those of the generation config and the tokenizer's own, rising.

    Both vLLM and the CPU rollout stop at exactly these.
    """
    from transformers import GenerationConfig

    found: set[int] = set()
    if (model_dir / "generation_config.json").exists():
        declared = GenerationConfig.from_pretrained(model_dir).eos_token_id
        found.update(declared if isinstance(declared, list) else [declared])
    found.add(load_tokenizer(model_dir).eos_token_id)
    return tuple(sorted(token for token in found if isinstance(token, int)))


def decode(tokenizer: Any, ids: Sequence[int]) -> str:
    """Token ids as text, special tokens kept and nothing tidied."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))
