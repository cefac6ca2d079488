"""Open pages survive the death of the web process, and one that does not read harms nobody."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.webapp.live.conftest import add_events
from webapp.jobs.models import Job
from webapp.local.supervisor import HOST, free_port, healthy, web_command

pytestmark = pytest.mark.slow


class Web:
    """A web process on a port of its own, and sockets to it."""

    def __init__(self, cookie: str) -> None:
        self.port = free_port(18531)
        self.cookie = cookie
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(web_command(self.port), cwd=settings.BASE_DIR, env=dict(os.environ))
        deadline = time.monotonic() + 60
        while not healthy(f"http://{HOST}:{self.port}/"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self.process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def open(self, job: Job, **options: Any) -> ClientConnection:
        headers = {"Cookie": f"sessionid={self.cookie}"}
        address = f"ws://{HOST}:{self.port}/ws/jobs/{job.pk}/"
        origin: Any = f"http://{HOST}:{self.port}"
        return connect(address, additional_headers=headers, origin=origin, open_timeout=3, **options)


@pytest.fixture
def web(job: Job, client_signed_in: Client) -> Iterator[Web]:
    server = Web(client_signed_in.cookies["sessionid"].value)
    yield server
    server.kill()


def in_thread(call: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        call()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_web_killed_three_times_client_has_every_event_once(web: Web, job: Job) -> None:
    total = 2000
    seen: list[int] = []
    cursor = 0

    def produce() -> None:
        for first in range(1, total, 20):
            add_events(job, first, first + 19)
            time.sleep(0.1)

    def disturb() -> None:
        for _ in range(3):
            time.sleep(1.5)
            web.kill()
            web.start()

    threads = [in_thread(produce), in_thread(disturb)]
    deadline = time.monotonic() + 90
    while len(seen) < total:
        assert time.monotonic() < deadline
        try:
            with web.open(job) as socket:
                socket.send(json.dumps({"after": cursor}))
                while len(seen) < total:
                    message = json.loads(socket.recv(timeout=5))
                    seen += [event["seq"] for event in message["events"]]
                    cursor = message["cursor"]
        except (WebSocketException, OSError, TimeoutError, urllib.error.URLError):
            time.sleep(0.2)
    for thread in threads:
        thread.join()
    assert seen == list(range(1, total + 1))


def test_client_that_never_reads_costs_little_memory(web: Web, job: Job) -> None:
    for first in range(1, 40_000, 2_000):
        add_events(job, first, first + 1_999)
    memory = psutil.Process(web.process.pid).memory_info
    with web.open(job) as warm:
        warm.send(json.dumps({"after": 0}))
        warm.recv(timeout=5)
    before = memory().rss
    # One message of buffer on the client's side: it stops taking bytes off the wire at once.
    with web.open(job, max_queue=1) as deaf:
        deaf.send(json.dumps({"after": 0}))
        time.sleep(5)
        assert memory().rss - before < 30 * 1024 * 1024
