"""A run that cannot go on ends with an error that says trying again can help."""

from __future__ import annotations

import os
import signal
import time

import pytest

from training.contract.errors import ForesightError
from training.engine.watch import Watch, lost_process


def test_no_progress_ends_the_run() -> None:
    with pytest.raises(ForesightError, match="no progress") as caught, Watch(patience=0.05):
        time.sleep(5)
    assert caught.value.retryable


def test_progress_begins_the_patience_again() -> None:
    with Watch(patience=0.4) as watch:
        for _ in range(4):
            time.sleep(0.15)
            watch.progress()


def test_sigterm_ends_the_run() -> None:
    with pytest.raises(SystemExit) as caught, Watch(patience=60):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert caught.value.code == 128 + signal.SIGTERM


def test_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)
    with Watch(patience=60):
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0


def test_lost_process_can_be_retried() -> None:
    error = lost_process(RuntimeError("The actor died unexpectedly.\nmore lines"))
    assert error.retryable
    assert error.message == "The training engine lost one of its processes: The actor died unexpectedly."
