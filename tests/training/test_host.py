"""What is read of the machine, on the machine that runs the tests and with a driver that answers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from training.contract.metrics import CATALOGUE
from training.host import GpuReading, HostMeter, parse_cpu, parse_gpus, parse_memory


def test_busy_time_leaves_out_idle_and_waiting_for_the_disk() -> None:
    text = "cpu  100 5 20 700 50 1 4 0 30 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
    assert parse_cpu(text) == (130.0, 880.0)


def test_memory_in_use_is_what_is_not_available() -> None:
    text = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\n"
    assert parse_memory(text) == 0.75


def test_gpus_are_busy_on_average_and_full_as_the_fullest() -> None:
    assert parse_gpus("50, 1000, 4000\n100, 3000, 4000\n") == GpuReading(busy=0.75, memory=0.75)


@pytest.mark.parametrize("text", ["", "[N/A], 10, 4000\n", "No devices were found\n", "5, 0, 0\n"])
def test_driver_without_an_answer_gives_no_reading(text: str) -> None:
    assert parse_gpus(text) is None


def test_files_of_another_system_give_no_reading() -> None:
    assert (parse_cpu(""), parse_memory("")) == (None, None)


def test_machine_without_a_driver_gives_processor_memory_and_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    meter = HostMeter(tmp_path)
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    found = meter.take()
    assert set(found) == {"host/cpu", "host/memory", "host/disk_free"} <= set(CATALOGUE)
    assert 0 < (found["host/cpu"] or 0) <= 1
    assert 0 < (found["host/memory"] or 0) < 1
    assert (found["host/disk_free"] or 0) > 0


def test_machine_with_a_driver_gives_the_gpus_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho '80, 2048, 4096'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    meter = HostMeter(tmp_path)
    for _ in range(2):  # a step that is shorter than the interval has the newest reading
        found = meter.take()
        assert (found["host/gpu"], found["host/gpu_memory"]) == (0.8, 0.5)
    assert {"host/gpu", "host/gpu_memory"} <= set(CATALOGUE)


def test_driver_that_fails_is_a_machine_without_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho '80, 2048, 4096'\nexit 9\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "host/gpu" not in HostMeter(tmp_path).take()
