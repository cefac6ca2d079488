"""The spool: an append-only file of event lines, and the reader that follows it.

Several processes of one attempt write to the same spool (the pipeline and verl's trainer), so
every append takes a file lock and continues the number that is last in the file. A line without
its newline is not a line yet: readers stop before it, and a writer that finds one closes it off.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.contract.events import ENVELOPE, Envelope, Event

_SEQ = re.compile(rb'"seq":(\d+)')
_TAIL = 1 << 16


def spool_path(run_dir: Path, attempt: int) -> Path:
    """Where attempt `attempt` (from 1) of a run writes its events."""
    return run_dir / f"events.{attempt}.jsonl"


class EventWriter:
    """Appends events to a spool. Safe with several writers, on one machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._size = -1
        self._seq = 0

    def emit(self, event: Event) -> Envelope:
        """Write one event; returns it with its number and time. Raises OSError when the disk refuses."""
        with open(self.path, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file.fileno()).st_size
            if size != self._size:
                self._seq = self._recover(file.fileno(), size)
                size = os.fstat(file.fileno()).st_size
            envelope = Envelope(seq=self._seq + 1, time=time.time(), event=event)
            line = ENVELOPE.dump_json(envelope) + b"\n"
            file.write(line)
            file.flush()
            self._seq = envelope.seq
            self._size = size + len(line)
        return envelope

    def _recover(self, fd: int, size: int) -> int:
        """The last number in the file; a torn last line (its writer died) is cut off first."""
        if size == 0:
            return 0
        with open(self.path, "rb") as file:
            start = max(0, size - _TAIL)
            file.seek(start)
            tail = file.read()
            if not tail.endswith(b"\n"):
                keep = tail.rfind(b"\n") + 1
                if keep == 0 and start:
                    file.seek(0)
                    start, tail = 0, file.read()
                    keep = tail.rfind(b"\n") + 1
                os.ftruncate(fd, start + keep)
                tail = tail[:keep]
            last = tail.rstrip(b"\n").rsplit(b"\n", 1)[-1]
            found = _SEQ.search(last)
            if found is None and start:
                file.seek(0)
                last = file.read().rstrip(b"\n").rsplit(b"\n", 1)[-1]
                found = _SEQ.search(last)
        return int(found.group(1)) if found else 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events and the byte offset just after the last of them."""

    events: tuple[Envelope, ...]
    offset: int


def read_from(path: Path, offset: int, limit: int = 1 << 20, max_events: int | None = None) -> Batch:
    """Whole lines from a byte offset on, at most about `limit` bytes of them (one line at least).

    With `max_events` at most that many events; the batch's offset is then after the last of them.

    A missing file reads as empty. Raises ValueError for a line that is no event: the spool is
    ours alone, so that is damage and must not be skipped in silence.
    """
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            data = file.read(limit)
            while data and b"\n" not in data:
                more = file.read(limit)
                if not more:
                    break
                data += more
    except FileNotFoundError:
        return Batch((), offset)
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)[:max_events]
    return Batch(tuple(ENVELOPE.validate_json(line) for line in lines), offset + sum(map(len, lines)))


def read_after(path: Path, seq: int = 0) -> Iterator[Envelope]:
    """Every whole event with a number above `seq`, in order."""
    offset = 0
    while True:
        batch = read_from(path, offset)
        if batch.offset == offset:
            return
        offset = batch.offset
        yield from (envelope for envelope in batch.events if envelope.seq > seq)
