"""One process that `up` keeps running: started again when it dies, later each time."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from webapp.jobs.processes import die_with_parent

LONGEST_WAIT = 30.0
SETTLED_SECONDS = 60.0
"""A child that has lived this long starts again at once the next time."""
LONGEST_LOG = 10 << 20


class Child:
    """A command with a log file. `watch` starts it when it is due and says what happened."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._wait = 1.0
        self._shorten_log()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches `up` alone, which stops things in order."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )
        self._started = time.monotonic()

    def watch(self, say: Callable[[str], None]) -> None:
        """Notice a death, and start it again when its wait is over."""
        now = time.monotonic()
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            self._wait = 1.0 if now - self._started > SETTLED_SECONDS else min(self._wait * 2, LONGEST_WAIT)
            self._due = now + self._wait
            say(
                f"{self.name} stopped (exit code {code}); it starts again in {self._wait:.0f} s. See {self._log}"
            )
        elif now >= self._due:
            self.start()

    def stop(self, grace: float) -> None:
        """SIGTERM, `grace` seconds, SIGKILL. Returns when it is gone."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _shorten_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG:
            self._log.replace(self._log.with_suffix(".old.log"))
