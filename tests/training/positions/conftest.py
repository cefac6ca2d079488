"""One tiny random Llama, and documents with characters of several bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.records import Document

TEXTS = (
    "the name of the value is the name of a list and the end of the line",
    "Zürich, naïve café — 🙂👩‍👩‍👧! 中文字符 and the end",
    "",
    "x",
    "size and decreases " * 60,
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def documents() -> tuple[Document, ...]:
    return tuple(Document(index=i, name=f"d{i}", text=text) for i, text in enumerate(TEXTS))
