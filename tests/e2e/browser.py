"""Finds a Chromium for the browser tests, and installs one where there is none.

Order: one that is installed (CHROMIUM names it, or the usual commands), Playwright's own, a fresh
download of Playwright's own, and as root Debian's package. `python -m tests.e2e.browser` prepares
a machine; `make test` calls it first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """Path of a browser on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in COMMANDS if (path := shutil.which(name))), None)


def playwrights_own() -> str | None:
    """Path of the browser that Playwright downloaded, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str:
    """Path of a browser. Raises RuntimeError that says how to get one."""
    found = installed() or playwrights_own()
    if found is None:
        raise RuntimeError(
            "There is no Chromium for the browser tests. Install one (apt install chromium), or name it "
            "in the variable CHROMIUM."
        )
    return found


def launch_arguments() -> list[str]:
    """Flags for a quiet headless browser that asks nobody outside for anything."""
    flags = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    ]
    return [*flags, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else flags


def prepare() -> str:
    """Find a browser, installing one if need be; returns its path."""
    found = installed() or playwrights_own()
    if found:
        return found
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=600)
    found = playwrights_own()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, timeout=300)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
            check=False,
            timeout=900,
            stdout=subprocess.DEVNULL,
        )
    return found or find()


if __name__ == "__main__":
    print(f"browser: {prepare()}")
