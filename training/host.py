"""How busy the machine is that a run computes on: processor, memory, disk and, where there is one, GPU.

Read from the kernel's files and from `nvidia-smi`. What cannot be read is left out; no run ends for it. Of a run on
several machines it is the trainer's own.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

INTERVAL = 5.0
"""Seconds between two looks at the GPUs: what they do changes faster than steps come."""
_QUERY = ["--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"]
_GIB = 1024**3


class GpuReading(NamedTuple):
    """All GPUs at one moment, as shares of 1."""

    busy: float  # mean over the GPUs
    memory: float  # of the fullest one


class HostMeter:
    """Gives the `host/...` metrics of the time since they were last taken.

    Args:
        folder: whose disk counts: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times = _cpu_times()
        self._lock = threading.Lock()
        self._gpus: list[GpuReading] = []
        self._smi = shutil.which("nvidia-smi")
        if self._smi and (first := self._look()):
            self._gpus.append(first)
            threading.Thread(target=self._watch, name="host-meter", daemon=True).start()

    def take(self) -> dict[str, float | None]:
        """Metrics by key; a GPU's where there is one."""
        before, self._times = self._times, _cpu_times()
        found: dict[str, float | None] = {}
        if before and self._times and self._times[1] > before[1]:
            found["host/cpu"] = (self._times[0] - before[0]) / (self._times[1] - before[1])
        if (memory := _memory_share()) is not None:
            found["host/memory"] = memory
        with suppress(OSError):
            found["host/disk_free"] = shutil.disk_usage(self._folder).free / _GIB
        with self._lock:
            # The newest stays: a step shorter than the interval has it too.
            gpus, self._gpus = self._gpus, self._gpus[-1:]
        if gpus:
            found["host/gpu"] = fmean(one.busy for one in gpus)
            found["host/gpu_memory"] = max(one.memory for one in gpus)
        return found

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(INTERVAL):
            reading = self._look()
            if reading is None:
                return
            with self._lock:
                self._gpus.append(reading)

    def _look(self) -> GpuReading | None:
        """None where the driver gives no answer."""
        try:
            done = subprocess.run([str(self._smi), *_QUERY], capture_output=True, text=True, timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return parse_gpus(done.stdout) if done.returncode == 0 else None


def parse_gpus(text: str) -> GpuReading | None:
    """A line a GPU: busy in per cent, MiB used, MiB in all. None where no line has all three (`[N/A]`)."""
    rows: list[list[float]] = []
    for line in text.splitlines():
        try:
            rows.append([float(cell) for cell in line.split(",")])
        except ValueError:
            continue
    whole = [row for row in rows if len(row) == 3 and row[2] > 0]
    if not whole:
        return None
    return GpuReading(fmean(row[0] for row in whole) / 100, max(row[1] / row[2] for row in whole))


def parse_cpu(text: str) -> tuple[float, float] | None:
    """(busy, all) ticks of all processors since the machine started, from the text of /proc/stat."""
    cells = next((line.split()[1:] for line in text.splitlines() if line.startswith("cpu ")), [])
    if len(cells) < 5:
        return None
    ticks = [float(cell) for cell in cells[:8]]  # guest time is counted in user time already
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def parse_memory(text: str) -> float | None:
    """The share of memory that is in use, from the text of /proc/meminfo."""
    sizes = {
        name: float(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in text.splitlines())
        if rest.split()
    }
    total, available = sizes.get("MemTotal"), sizes.get("MemAvailable")
    return None if not total or available is None else 1 - available / total


def _cpu_times() -> tuple[float, float] | None:
    return parse_cpu(_read("/proc/stat"))


def _memory_share() -> float | None:
    return parse_memory(_read("/proc/meminfo"))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:  # no Linux
        return ""
