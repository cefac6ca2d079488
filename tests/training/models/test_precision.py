"""The arithmetic of training on a CPU: as set, else as the processor's flags say, which torch reads alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.models.precision import computes_in_bfloat16, cpu_precision


def test_what_is_set_goes_before_the_processor() -> None:
    assert cpu_precision("float32") == "float32"
    assert cpu_precision("bfloat16") == "bfloat16"


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="Linux alone describes its processor there")
def test_auto_is_what_torch_says_of_this_processor() -> None:
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    assert cpu_precision("auto") == ("bfloat16" if native else "float32")


@pytest.mark.parametrize(
    ("flags", "native"), [("fpu avx512f", False), ("avx512_bf16 fpu", True), ("fpu amx_tile", True)]
)
def test_flags_of_the_first_processor_decide(tmp_path: Path, flags: str, native: bool) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n")
    assert computes_in_bfloat16(file) is native


def test_machine_without_the_file_has_none(tmp_path: Path) -> None:
    assert computes_in_bfloat16(tmp_path / "cpuinfo") is False
