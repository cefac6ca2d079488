"""Fast float32 kernels are taken only where they are exact."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from training.models import cpu
from training.models.cpu import matmul_error, use_cpu, use_fast_float32


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    precision, threads = torch.get_float32_matmul_precision(), torch.get_num_threads()
    yield
    torch.set_float32_matmul_precision(precision)
    torch.set_num_threads(threads)


def test_products_stay_exact_whichever_kernels_are_taken() -> None:
    taken = use_fast_float32()
    assert torch.get_float32_matmul_precision() == ("medium" if taken else "highest")
    assert matmul_error() < 1e-3


def test_kernels_that_round_to_bfloat16_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "matmul_error", lambda: 0.3)
    assert use_fast_float32() is False
    assert torch.get_float32_matmul_precision() == "highest"


def test_threads_are_set_when_asked_for() -> None:
    use_cpu(1)
    assert torch.get_num_threads() == 1
    use_cpu()
    assert torch.get_num_threads() == 1
