"""Redis, web, worker and reconciler as children of one process, and an orderly end of them all."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from training.contract.errors import ForesightError
from webapp.jobs import processes
from webapp.local.child import Child
from webapp.local.redis import LocalRedis, local_redis

HOST = "127.0.0.1"
PORTS_TRIED = 50
START_SECONDS = 60.0
STOP_SECONDS = 5.0


class Supervisor:
    """Starts the children, keeps them running, stops them and the runners."""

    def __init__(self, port: int, say: Callable[[str], None]) -> None:
        self.say = say
        self.port = free_port(port)
        self.stopping = False
        self._redis: LocalRedis | None = None
        self._children: list[Child] = []

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    def start(self) -> None:
        """Start everything and wait until the site answers. Raises ForesightError when it does not."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        environment = {**os.environ, "FORESIGHT_HOME": str(settings.HOME), "PYTHONUNBUFFERED": "1"}
        environment.setdefault("FORESIGHT_SITE_URL", self.url)
        if not settings.DEBUG:
            environment["FORESIGHT_STATIC_ROOT"] = str(settings.STATIC_ROOT)
        if "REDIS_URL" not in os.environ:
            self._redis = local_redis(Path(settings.HOME))
            environment["REDIS_URL"] = self._redis.url
            self._add("redis", self._redis.command, environment)
        self._add("web", web_command(self.port), environment)
        self._add("worker", WORKER, environment)
        self._add("reconciler", [sys.executable, "manage.py", "reconcile"], environment)
        for child in self._children:
            child.start()
        self._wait_until_healthy()

    def watch(self) -> None:
        """Until asked to stop: start again what dies."""
        while not self.stopping:
            for child in self._children:
                child.watch(self.say)
            time.sleep(0.5)

    def stop(self) -> None:
        """First what launches, then the runners (their jobs go on at the next start), then the rest."""
        by_name = {child.name: child for child in self._children}
        for name in ("reconciler", "worker"):
            if name in by_name:
                by_name[name].stop(STOP_SECONDS)
        processes.stop(runners, settings.JOB_GRACE_SECONDS + STOP_SECONDS)
        for name in ("web", "redis"):
            if name in by_name:
                by_name[name].stop(STOP_SECONDS)
        if self._redis is not None and self._redis.temporary is not None:
            shutil.rmtree(self._redis.temporary, ignore_errors=True)

    def _add(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        logs = Path(settings.HOME) / "logs"
        logs.mkdir(exist_ok=True)
        self._children.append(Child(name, command, environment, settings.BASE_DIR, logs / f"{name}.log"))

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.stopping:
            if healthy(self.url):
                return
            if time.monotonic() > deadline:
                raise ForesightError(
                    f"The site does not answer at {self.url}.",
                    remedy=f"Read {Path(settings.HOME) / 'logs' / 'web.log'}.",
                )
            for child in self._children:
                child.watch(self.say)
            time.sleep(0.2)


WORKER = [
    *(sys.executable, "-m", "celery", "-A", "webapp.celery", "worker", "--loglevel", "WARNING"),
    *(
        "--pool",
        "threads",
        "--concurrency",
        "2",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ),
]
"""Two threads are enough: a task launches a process and returns."""


def web_command(port: int) -> list[str]:
    """One web process on the loopback address; small websocket frames, no trust in proxy headers."""
    return [
        *(sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--host", HOST, "--port", str(port)),
        *("--ws-max-size", "65536", "--no-proxy-headers", "--lifespan", "off", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "2"),
    ]


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens at. Raises ForesightError when none is free."""
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ForesightError(
        f"No port from {first} on is free.", field="port", remedy="Choose another with --port."
    )


def healthy(url: str) -> bool:
    """Whether the site answers."""
    try:
        with urllib.request.urlopen(f"{url}healthz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def runners() -> set[int]:
    """The runners of this data folder's jobs, of whichever process started them."""
    home = f"FORESIGHT_HOME={settings.HOME}".encode()
    return processes.with_command(b"run_job", home)
