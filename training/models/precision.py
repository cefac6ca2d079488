"""Which arithmetic training takes on this machine's CPU. Without torch, which takes seconds to import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Precision = Literal["float32", "bfloat16"]
_CPUINFO = Path("/proc/cpuinfo")
_NATIVE = {"avx512_bf16", "amx_tile"}
"""Flags of processors that compute products in bfloat16."""


def cpu_precision(wanted: Literal["auto", "float32", "bfloat16"]) -> Precision:
    """The arithmetic of training on this machine's CPU; auto: bfloat16 where the processor computes in it."""
    if wanted != "auto":
        return wanted
    return "bfloat16" if computes_in_bfloat16(_CPUINFO) else "float32"


def computes_in_bfloat16(cpuinfo: Path) -> bool:
    """Whether the processor that Linux describes in this file does; elsewhere nobody says so."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return not _NATIVE.isdisjoint(flags)
