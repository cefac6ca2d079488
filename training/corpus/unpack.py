"""Opens a corpus file as a stream of its unpacked bytes, and stops a stream that never ends.

A packed file of a few kilobytes can hold terabytes. What comes out is counted while it comes: a
stream ends with an error at a number of bytes, and earlier where it grows out of all proportion to
the file. Nothing is unpacked to the disk or held whole.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from training.contract.errors import ForesightError
from training.corpus.refuse import MEGABYTE, bad_corpus

MAX_RATIO = 250
"""Unpacked bytes for each byte of the file; text of any kind stays under 100, a bomb exceeds 1000."""
_RATIO_FROM = 16 * MEGABYTE  # below this a ratio harms nobody: a small file may well repeat itself
_READ = 1 << 16
_CHUNK = 1 << 20
_ZSTD_READ = 512  # its decoder has no limit of its own; 512 bytes can become 16 MB at most
_ZSTD_WINDOW = 128 * MEGABYTE


class Meter:
    """Counts what came out of a file of `packed` bytes; raises when it is too much.

    Args:
        name: the file's name, for messages.
        packed: size of the file, bytes.
        limit: most bytes that may come out.
    """

    def __init__(self, name: str, packed: int, limit: int) -> None:
        self._name = name
        self._packed = max(1, packed)
        self._limit = limit
        self._bytes = 0

    def add(self, count: int) -> None:
        """Raises ForesightError, field `data.corpus`."""
        self._bytes += count
        if self._bytes > self._limit:
            raise bad_corpus(
                f"{self._name} holds more than {self._limit // MEGABYTE} MB of text.",
                "Split it into several files; on the command line data.max_unpacked_mb can be raised.",
            )
        if self._bytes > _RATIO_FROM and self._bytes > MAX_RATIO * self._packed:
            raise bad_corpus(
                f"{self._name} unpacks to more than {MAX_RATIO} times its size, as no text does.",
                "Unpack it yourself, and look what it holds.",
            )


class _Stream(io.RawIOBase):
    """Chunks as a readable stream."""

    def __init__(self, chunks: Iterator[bytes], meter: Meter, file: BinaryIO) -> None:
        self._chunks = chunks
        self._meter = meter
        self._file = file
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._meter.add(len(chunk))
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def open_unpacked(path: Path, compression: str, limit: int) -> BinaryIO:
    """The file's bytes, unpacked as `compression` (gzip, zstd or "") says, at most `limit` of them.

    Raises OSError where the file cannot be opened; reading raises ForesightError, field
    `data.corpus`, where it is damaged or too large.
    """
    file = open(path, "rb")  # noqa: SIM115  the stream closes it
    meter = Meter(path.name, path.stat().st_size, limit)
    chunks = _UNPACKERS[compression](file, path.name)
    return io.BufferedReader(_Stream(chunks, meter, file), buffer_size=_CHUNK)


def _plain(file: BinaryIO, name: str) -> Iterator[bytes]:
    while data := file.read(_CHUNK):
        yield data


def _gzip(file: BinaryIO, name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    begun = False
    rest = b""
    try:
        while data := rest or file.read(_READ):
            if unpacker.eof:  # a file may hold several members, one after the other
                if not data.strip(b"\0"):
                    rest = b""  # zeros that fill up a block, as tapes and some disks leave them
                    continue
                unpacker = zlib.decompressobj(wbits=31)
            begun = True
            if out := unpacker.decompress(data, _CHUNK):
                yield out
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    except zlib.error as error:
        raise _damaged(name, "gzip", str(error)) from error
    if begun and not unpacker.eof:
        raise _damaged(name, "gzip", "it ends too early")


def _zstd(file: BinaryIO, name: str) -> Iterator[bytes]:
    unpacker = None
    rest = b""
    try:
        while data := rest or file.read(_ZSTD_READ):
            if unpacker is None or unpacker.eof:  # a file may hold several frames
                unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
            if out := unpacker.decompress(data):
                yield out
            rest = unpacker.unused_data if unpacker.eof else b""
    except zstandard.ZstdError as error:
        raise _damaged(name, "zstd", str(error)) from error
    if unpacker is not None and not unpacker.eof:
        raise _damaged(name, "zstd", "it ends too early")


_UNPACKERS: dict[str, Callable[[BinaryIO, str], Iterator[bytes]]] = {
    "": _plain,
    "gzip": _gzip,
    "zstd": _zstd,
}


def _damaged(name: str, kind: str, why: str) -> ForesightError:
    return bad_corpus(f"{name} is no whole {kind} file: {why}.", "Pack it again, or upload it unpacked.")
