"""Fetches one file: goes on where the connection failed, and checks it against its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx

from foresight.errors import ApiError, DamagedDownload, ForesightClientError
from foresight.transport import AWAY, Transport

Report = Callable[[str, int, int], None]
"""report(file, bytes so far, bytes in all)."""


def fetch_file(
    transport: Transport, path: str, target: Path, *, size: int, sha256: str, report: Report | None = None
) -> None:
    """Fetch `path` into `target`, unless it is there and whole.

    What has come lies beside it as `<name>.partial`; a later call goes on from there as well.

    Raises:
        DamagedDownload: the SHA-256 differs, also when it was fetched anew.
        ApiError: the site refuses the file.
        Unreachable: it does not answer.
    """
    tell = report or _silent
    if not _whole(target, size, sha256):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial")
        _fill(transport, path, partial, size, sha256, tell)
        if not _whole(partial, size, sha256):  # its first part may have been of something else
            partial.unlink()
            _fill(transport, path, partial, size, sha256, tell)
        if not _whole(partial, size, sha256):
            partial.unlink()
            raise DamagedDownload(
                f"{target.name} does not have the SHA-256 that the site names.",
                remedy="Try again; if it fails once more, the site's disk may be damaged.",
            )
        partial.replace(target)
    tell(target.name, size, size)


def _whole(path: Path, size: int, sha256: str) -> bool:
    if not path.is_file() or path.stat().st_size != size:
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _fill(transport: Transport, path: str, partial: Path, size: int, sha256: str, tell: Report) -> None:
    """Append to the partial file until it has `size` bytes. An attempt that brought some bytes is no failed one."""
    failed = 0
    partial.touch()
    while (have := partial.stat().st_size) < size:
        error = _attempt(transport, path, partial, have, f'"{sha256}"', size, tell)
        if partial.stat().st_size > have:
            failed = 0
            continue
        if failed == transport.retries:
            raise error or DamagedDownload(f"The site sends less of {path} than it has.")
        transport.wait(failed)
        failed += 1


def _attempt(
    transport: Transport, path: str, partial: Path, have: int, etag: str, size: int, tell: Report
) -> ForesightClientError | None:
    """Append what the site sends. Gives the error of an attempt that may be repeated; raises any other."""
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": etag}
    try:
        with transport.stream(path, headers=headers) as answer:
            part = answer.status_code == HTTPStatus.PARTIAL_CONTENT
            done = have if part else 0
            with open(partial, "ab" if part else "wb") as file:
                for (
                    chunk
                ) in answer.iter_bytes():  # as it comes: what is collected first is lost with the connection
                    file.write(chunk)
                    done += len(chunk)
                    tell(partial.stem, done, size)
    except httpx.TransportError as error:
        return transport.unreachable(error)
    except ApiError as error:
        if error.status not in AWAY:
            raise
        return error
    return None


def _silent(name: str, done: int, total: int) -> None:
    """Tells nobody."""
