"""The model that scores positions: next-token logits of windows, packed where it is a plain Llama.

`LlamaForward` computes several windows in one pass without padding; other architectures go
through transformers, one window at a time. Both give the same numbers to float32 rounding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from training.models.llama import LlamaForward, supports

_CHUNK_ROWS = 256  # rows of logits held at a time: 50 MB for a vocabulary of 49k in float32


class Proxy(Protocol):
    """Gives logits for several windows of token ids."""

    def logits(self, windows: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        """Chunks [n, V] in float32; end to end they are the logits after every input token, one at least."""


class PackedProxy:
    """A Llama: all windows in one pass, the output head in chunks."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        self._model = LlamaForward.from_folder(folder, dtype)

    def logits(self, windows: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        hidden = self._model.packed_hidden(windows)
        for chunk in torch.split(hidden, _CHUNK_ROWS):
            yield self._model.logits(chunk).float()


class TransformersProxy:
    """Any causal model that transformers knows, one window at a time."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        from transformers import AutoModelForCausalLM

        self._model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )  # in evaluation mode already
        self._vocabulary = int(self._model.config.get_text_config().vocab_size)

    def logits(self, windows: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        yield torch.empty(0, self._vocabulary)  # the columns keep their types where all windows are empty
        for window in windows:
            if window:
                yield self._model(torch.tensor([list(window)]), use_cache=False).logits[0].float()


def load_proxy(folder: Path) -> Proxy:
    """The fastest exact scorer for the model in `folder`, in float32."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return PackedProxy(folder) if supports(config) else TransformersProxy(folder)
