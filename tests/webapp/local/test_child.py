"""A child that dies is started again, later each time."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from webapp.jobs.processes import start_time
from webapp.local.child import Child

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def child(tmp_path: Path, command: list[str]) -> Child:
    return Child("sleeper", command, dict(os.environ), tmp_path, tmp_path / "sleeper.log")


def test_child_that_dies_is_said_to_and_started_after_a_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    sleeper = child(tmp_path, SLEEP)
    sleeper.start()
    first = sleeper.pid or 0
    os.kill(first, signal.SIGKILL)
    while start_time(first) is not None:
        time.sleep(0.01)
    sleeper.watch(said.append)
    assert (said[0].split(".")[0], sleeper.pid) == (
        "sleeper stopped (exit code -9); it starts again in 2 s",
        None,
    )
    sleeper.watch(said.append)
    assert sleeper.pid is None  # not yet
    later = time.monotonic() + 2.1
    monkeypatch.setattr("webapp.local.child.time.monotonic", lambda: later)
    sleeper.watch(said.append)
    assert sleeper.pid not in (None, first)
    assert len(said) == 1
    sleeper.stop(5)
    assert sleeper.pid is None


def test_stop_kills_a_child_that_does_not_listen(tmp_path: Path) -> None:
    sleeper = child(tmp_path, DEAF)
    sleeper.start()
    pid = sleeper.pid or 0
    while not (tmp_path / "sleeper.log").read_text():
        time.sleep(0.01)
    sleeper.stop(0.1)
    assert start_time(pid) is None
