"""The trainer's output, as lines a browser can show: the tail, or what came after a byte offset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from webapp.runs.models import Run

TAIL_LINES = 200
LIMIT = 1 << 18
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True, slots=True)
class LogPart:
    """Whole lines of one attempt's output."""

    attempt: int
    lines: tuple[str, ...]
    end: int  # byte offset just after the last line
    cut: bool  # earlier lines were left out


def log_path(run: Run, attempt: int) -> Path:
    return run.folder_path / f"trainer.{attempt}.log"


def log_attempts(run: Run) -> list[int]:
    """The attempts that have written something, rising."""
    return [attempt for attempt in range(1, run.job.attempt + 1) if log_path(run, attempt).is_file()]


def log_tail(run: Run, attempt: int) -> LogPart:
    """The last lines of an attempt's output. A missing file reads as empty."""
    path = log_path(run, attempt)
    size = path.stat().st_size if path.is_file() else 0
    start = max(0, size - LIMIT)
    data = _read(path, start)
    whole = _whole_lines(data)
    lines = _lines(whole)
    if start:
        lines = lines[1:]  # the first one was cut in the middle
    return LogPart(
        attempt, tuple(lines[-TAIL_LINES:]), start + len(whole), bool(start) or len(lines) > TAIL_LINES
    )


def log_after(run: Run, attempt: int, offset: int) -> LogPart:
    """Whole lines after a byte offset. One that lies behind the end gives the tail: the file was replaced."""
    path = log_path(run, attempt)
    if path.is_file() and offset > path.stat().st_size:
        return log_tail(run, attempt)
    whole = _whole_lines(_read(path, offset))
    return LogPart(attempt, tuple(_lines(whole)), offset + len(whole), False)


def _read(path: Path, offset: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(LIMIT)
    except FileNotFoundError:
        return b""


def _whole_lines(data: bytes) -> bytes:
    """Up to the last newline; all of it where a single line fills the buffer."""
    return data if len(data) == LIMIT and b"\n" not in data else data[: data.rfind(b"\n") + 1]


def _lines(data: bytes) -> list[str]:
    """Lines as a terminal shows them in the end: without colours, a line drawn over shows its last state."""
    text = _ESCAPES.sub("", data.decode("utf-8", "replace")).removesuffix("\n")
    return [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n")] if data else []
