"""Processes as /proc shows them: who is alive, who belongs to a job, and how they are stopped.

Linux alone. A process is named by its number and its start time, since numbers are used again.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

COOKIE = "FORESIGHT_JOB_COOKIE"
"""In the environment of every process of an attempt: `<job's token>.<attempt>`."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def boot_id() -> str:
    """Names this boot of the machine: process numbers of another boot mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the state on, or None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def start_time(pid: int) -> float | None:
    """When a process began, in clock ticks since boot; None when it is gone or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else float(fields[19])


def is_alive(pid: int, started: float) -> bool:
    """Whether this very process still runs (a stopped one does)."""
    return start_time(pid) == started


def all_pids() -> list[int]:
    """The numbers of all processes there are."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def descendants(root: int) -> set[int]:
    """All live processes under `root`, itself left out."""
    children: dict[int, list[int]] = {}
    for pid in all_pids():
        fields = _stat(pid)
        if fields is not None and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(pid)
    found: set[int] = set()
    queue = [root]
    while queue:
        for child in children.get(queue.pop(), []):
            if child not in found:
                found.add(child)
                queue.append(child)
    return found


def cookie_holders(token: str) -> dict[int, int]:
    """Live processes whose environment carries a job's token, this one left out: {pid: attempt}."""
    found = {}
    needle = f"{COOKIE}={token}.".encode()
    for pid in all_pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # gone, a zombie, or another user's
            continue
        for entry in environment.split(b"\0"):
            number = entry.removeprefix(needle)
            if number != entry and number.isdigit():
                found[pid] = int(number)
    return {
        pid: attempt for pid, attempt in found.items() if pid != os.getpid() and start_time(pid) is not None
    }


def with_command(word: bytes, setting: bytes) -> set[int]:
    """Live processes with this word in their command line and this NAME=value in their environment."""
    found = set()
    for pid in all_pids():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if word in command and setting in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.add(pid)
        except OSError:  # gone, or another user's
            continue
    return {pid for pid in found - {os.getpid()} if start_time(pid) is not None}


def stop(find: Callable[[], set[int]], grace: float, idle: Callable[[], None] = lambda: None) -> None:
    """End the processes that `find` gives: SIGTERM, `grace` seconds, then SIGKILL until none is left.

    `find` is asked again each time, so that children born meanwhile are found; `idle` is called while
    waiting. Gives up after five seconds of SIGKILL: a process in an uninterruptible wait ends on its own.
    """
    _send(find(), signal.SIGTERM)
    deadline = time.monotonic() + grace
    while find() and time.monotonic() < deadline:
        idle()
        time.sleep(0.1)
    deadline = time.monotonic() + 5.0
    while (left := find()) and time.monotonic() < deadline:
        _send(left, signal.SIGKILL)
        idle()
        time.sleep(0.05)


def _send(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
            if number is signal.SIGTERM:
                os.kill(pid, signal.SIGCONT)  # a stopped process would never see it
        except ProcessLookupError:
            continue


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent dies: nothing leaves this process's tree."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(parent: int) -> Callable[[], None]:
    """For preexec_fn: the child is killed when the process `parent` that starts it dies."""

    def prepare() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare


def reap(exclude: int) -> None:
    """Collect dead adopted children; `exclude` is waited for by its own Popen."""
    for pid in all_pids():
        fields = _stat(pid)
        if fields is None or fields[0] != "Z" or int(fields[1]) != os.getpid() or pid == exclude:
            continue
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue
