"""A whole Foresight for a browser test: `manage.py up` on a data folder of its own, with a tiny model."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
FILL = """
import json
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from tests.webapp.made_site import fill
Path(settings.HOME, "pages.json").write_text(json.dumps(fill(User.objects.get(username={user!r}))))
print(0)
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A running site, and who may sign in."""

    url: str
    user: str
    password: str
    home: Path

    def seed(self, code: str) -> int:
        """Run Python beside the site, in its database; returns the number it prints last.

        `{user!r}` in the code stands for the name of the person who may sign in.
        """
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code.format(user=self.user)],
            cwd=ROOT,
            env={**os.environ, "FORESIGHT_HOME": str(self.home)},
            check=True,
            capture_output=True,
            text=True,
        )
        return int(done.stdout.strip().splitlines()[-1])

    def fill(self) -> dict[str, str]:
        """Make one of everything (tests/webapp/made_site.py); {name of an address: a page of it}."""
        self.seed(FILL)
        found: dict[str, str] = json.loads((self.home / "pages.json").read_text())
        return found


def sign_in(page: Page, url: str, user: str, password: str) -> None:
    """Sign in as a person does, and wait for the first page."""
    page.goto(url)
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Home")).to_be_visible()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running_site(home: Path) -> Iterator[Site]:
    """Start everything with one command; stop it as Ctrl-C does, and wait until it is gone."""
    log = home / "up.log"
    env = {**os.environ, "FORESIGHT_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    env.pop("FORESIGHT_TEST_DB", None)
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(free_port())],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _wait(process, log, home)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], log: Path, home: Path) -> Site:
    """Read address, user and password off what `up` prints."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text()
        found = [
            re.search(r"running at (http://\S+?)/?\s", text),
            re.search(r"user\s+(\S+)", text),
            re.search(r"password\s+(\S+)", text),
        ]
        if all(found) and "Logs:" in text:
            address, user, password = (match.group(1) for match in found if match)
            return Site(address, user, password, home)
        time.sleep(0.2)
    raise AssertionError(f"The site did not start:\n{log.read_text()}")
