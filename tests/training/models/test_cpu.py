"""Fast float32 kernels are taken only where they are exact; memory that is not used goes back to the system."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest
import torch

from training.models import cpu
from training.models.cpu import give_memory_back, matmul_error, use_cpu, use_fast_float32


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


def test_memory_that_was_freed_below_what_is_in_use_goes_back() -> None:
    blocks = [bytearray(b"1") * 100_000 for _ in range(3000)]  # small enough to come from the heap
    del blocks[:-1]  # the last one keeps the heap's end in place
    before = psutil.Process().memory_info().rss
    give_memory_back()
    assert before - psutil.Process().memory_info().rss > 200e6
    assert len(blocks) == 1
