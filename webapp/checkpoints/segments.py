"""A download as a list of segments: literal bytes and files, laid end to end.

Any byte range of it can be served without building the whole, which is what makes an archive of
gigabytes resumable. Reading happens in a worker thread, a chunk at a time; memory stays flat.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webapp.checkpoints.ranges import Part

CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes that are known: headers and padding."""

    data: bytes

    @property
    def length(self) -> int:
        return len(self.data)


@dataclass(frozen=True, slots=True)
class FileSegment:
    """A whole file of `length` bytes."""

    path: Path
    length: int


Segment = Literal | FileSegment


def total_length(segments: Sequence[Segment]) -> int:
    return sum(segment.length for segment in segments)


def cut(segments: Sequence[Segment], part: Part) -> list[tuple[Segment, Part]]:
    """The segments that hold `part`, each with the part of it that is wanted."""
    found: list[tuple[Segment, Part]] = []
    position = 0
    for segment in segments:
        start, end = max(part.start - position, 0), min(part.end - position, segment.length)
        if start < end:
            found.append((segment, Part(start, end)))
        position += segment.length
    return found


async def stream(segments: Sequence[Segment], part: Part) -> AsyncIterator[bytes]:
    """The bytes of `part`, in chunks.

    Every file is opened before the first byte is sent: one that is deleted meanwhile is still
    read to its end. Raises OSError when a file is missing or shorter than its row says.
    """
    wanted = cut(segments, part)
    with ExitStack() as stack:
        handles = await asyncio.to_thread(_open_all, wanted, stack)
        for segment, piece in wanted:
            if isinstance(segment, Literal):
                yield segment.data[piece.start : piece.end]
                continue
            position = piece.start
            while position < piece.end:
                size = min(CHUNK, piece.end - position)
                data = await asyncio.to_thread(_read, handles[segment.path], position, size)
                if not data:
                    raise OSError(f"{segment.path.name} is shorter than {segment.length} bytes.")
                position += len(data)
                yield data


def _open_all(wanted: Sequence[tuple[Segment, Part]], stack: ExitStack) -> dict[Path, BinaryIO]:
    return {
        segment.path: stack.enter_context(open(segment.path, "rb"))
        for segment, _ in wanted
        if isinstance(segment, FileSegment)
    }


def _read(handle: BinaryIO, position: int, size: int) -> bytes:
    handle.seek(position)
    return handle.read(size)
