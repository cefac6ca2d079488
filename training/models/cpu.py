"""Arithmetic on the CPU, as fast as it is exact: threads, the matrix kernels, its memory.

PyTorch's default float32 kernels (MKL) use AVX2 on CPUs that are not Intel's; those of oneDNN use
AVX-512 there and are about twice as fast. PyTorch takes oneDNN's when bfloat16 products are allowed,
which on some CPUs (AMX) does round to bfloat16. So they are taken only after a check that they are exact.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import torch

_TOLERANCE = 1e-3  # error of a sum of 1024 products of unit numbers: float32 1e-4, bfloat16 0.3


def use_cpu(threads: int = 0) -> None:
    """Prepare this process for float32 work on `threads` CPU threads; 0 leaves their number as it is.

    Call it once at the start of a process. CUDA devices are not affected but for their TF32 setting,
    so call it only where the model runs on the CPU.
    """
    if threads:
        torch.set_num_threads(threads)
    use_fast_float32()


def use_fast_float32() -> bool:
    """Take oneDNN's matrix kernels where they give float32 results; returns whether they were taken."""
    torch.set_float32_matmul_precision("medium")
    if matmul_error() <= _TOLERANCE:
        return True
    torch.set_float32_matmul_precision("highest")
    return False


def matmul_error() -> float:
    """Largest error of a float32 product, against float64, of two matrices of unit-normal numbers."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(64, 1024, generator=generator) for _ in range(2))
    exact = left.double() @ right.double().T
    return float((left @ right.T - exact).abs().max())


def give_memory_back() -> None:
    """Hand memory that nothing uses any more back to the system.

    The C library keeps what it was given: after a cold start of 135M parameters some 2 GB of a process that
    needs 0.4, for as long as the run goes on. Does nothing where that library is not glibc.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
