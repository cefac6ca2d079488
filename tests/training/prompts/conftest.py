"""The tiny model's tokenizer, made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.training.tiny import make_tiny_model
from training.models.token_bytes import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


@pytest.fixture(scope="package")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerFast:
    folder: Path = make_tiny_model(tmp_path_factory.mktemp("tiny"))
    return load_tokenizer(folder)
