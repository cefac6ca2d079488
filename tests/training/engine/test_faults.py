"""What ends a run from outside ends all of it: a killed process of the engine, a SIGTERM."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.training.engine.small_run import start_small, write_small_tasks
from tests.training.tiny import make_tiny_model
from training.contract.events import Metrics
from training.contract.stream import read_after, spool_path

pytestmark = pytest.mark.slow

MANY_STEPS = 100_000


@pytest.fixture
def running(tmp_path: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A run after its first step, with the processes it started."""
    model = make_tiny_model(tmp_path / "work" / "model")
    write_small_tasks(tmp_path / "work" / "tasks.parquet", model, 5)
    process = start_small(tmp_path, MANY_STEPS, 1)
    wait_until(lambda: process.poll() is not None or has_stepped(tmp_path))
    return process, psutil.Process(process.pid).children(recursive=True)


def has_stepped(folder: Path) -> bool:
    return any(isinstance(line.event, Metrics) for line in read_after(spool_path(folder, 1)))


def wait_until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("name", ["ray::RolloutServer", "ray::WorkerDict", "ray::AgentLoopWorkerTQ"])
def test_killed_process_ends_the_run_as_retryable(
    running: tuple[subprocess.Popen[str], list[psutil.Process]], name: str
) -> None:
    process, started = running
    victim = next(child for child in started if child.name().startswith(name[:15]))
    victim.kill()
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert "given up, retryable=True" in output
    assert alive(started) == []


def test_sigterm_ends_the_run_and_all_its_processes(
    running: tuple[subprocess.Popen[str], list[psutil.Process]],
) -> None:
    process, started = running
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert alive(started) == []
