"""A real Redis for tests: on a unix socket of its own, gone after the test."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.local.redis import LocalRedis, find_program


@contextmanager
def running_redis(folder: Path) -> Iterator[LocalRedis]:
    """Start Redis with its socket in `folder` (a short path) and wait until it listens."""
    redis = LocalRedis(find_program(), folder / "redis.sock", None)
    process = subprocess.Popen(redis.command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not redis.socket.exists():
            assert process.poll() is None and time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.02)
        yield redis
    finally:
        process.kill()
        process.wait()
