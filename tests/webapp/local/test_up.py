"""`manage.py up` as people use it: start, start again, stop; nothing is left."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find as found

from webapp.jobs.processes import all_pids
from webapp.local.supervisor import HOST, free_port

UP = [sys.executable, "manage.py", "up"]


@pytest.fixture
def data_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="foresight-up-"))
    yield folder
    shutil.rmtree(folder)


def settings_of(folder: Path) -> dict[str, str]:
    return {**os.environ, "FORESIGHT_HOME": str(folder)}


def of_folder(folder: Path) -> list[int]:
    """Processes that carry this data folder in their environment or, as Redis does, in their title."""
    mark = f"FORESIGHT_HOME={folder}".encode()
    found = []
    for pid in all_pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if mark in environment or bytes(folder) in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
        except OSError:
            continue
    return found


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """What it prints up to the line that matches."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError("".join(lines))


def test_free_port_skips_one_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_up_starts_the_site_once_and_stops_without_a_trace(data_folder: Path) -> None:
    process = subprocess.Popen(
        [*UP, "--port", "18431"],
        cwd=settings.BASE_DIR,
        env=settings_of(data_folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        url = read_until(process, r"running at (http://127\.0\.0\.1:\d+/)").group(1)
        assert re.search(r"^[\w-]{16}$", read_until(process, r"password  (\S+)").group(1))
        read_until(process, "Ctrl-C")
        with urllib.request.urlopen(f"{url}healthz", timeout=5) as answer:
            assert answer.status == 200
        for script in ("js/ui.js", "plotly/plotly.min.js"):
            asked = urllib.request.Request(f"{url}static/{script}", headers={"Accept-Encoding": "gzip"})
            with urllib.request.urlopen(asked, timeout=5) as answer:
                assert answer.headers["Content-Encoding"] == "gzip"
                assert gzip.decompress(answer.read()) == Path(found(script)).read_bytes()
        assert found("plotly/widgetbundle.js")  # there to be found,
        with pytest.raises(urllib.error.HTTPError, match="404"):  # and not collected
            urllib.request.urlopen(f"{url}static/plotly/widgetbundle.js", timeout=5)
        again = subprocess.run(
            UP,
            cwd=settings.BASE_DIR,
            env=settings_of(data_folder),
            capture_output=True,
            text=True,
            check=True,
        )
        assert again.stdout == f"Foresight is already running at {url} (process {process.pid})\n"
        assert len(of_folder(data_folder)) == 5  # up, redis, web, worker, reconciler
        process.send_signal(signal.SIGTERM)
        read_until(process, "^stopped$")
        assert process.wait(10) == 0
        assert of_folder(data_folder) == []
    finally:
        process.kill()
        process.wait()


def test_killed_up_takes_its_children_along(data_folder: Path) -> None:
    process = subprocess.Popen(
        [*UP, "--port", "18441"],
        cwd=settings.BASE_DIR,
        env=settings_of(data_folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    read_until(process, "Ctrl-C")
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while of_folder(data_folder):
        assert time.monotonic() < deadline
        time.sleep(0.05)
