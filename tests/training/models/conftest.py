"""One tiny random Llama for all tests of this package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
