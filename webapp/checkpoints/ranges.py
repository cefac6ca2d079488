"""What part of a file a request asks for (RFC 9110, sections 13 and 14). Pure; no I/O.

One range is served. Several at once are answered with the whole, as the standard allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` (inclusive) to `end` (exclusive) of something."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class UnsatisfiableError(ValueError):
    """The range lies outside the file: answer 416."""


def asked_part(header: str, size: int) -> Part | None:
    """The part that a Range header asks for, or None for the whole.

    A header that is not understood counts as none, as the standard asks. Raises
    UnsatisfiableError for a range that holds no byte of a file of `size` bytes.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:  # the last n bytes
        if int(last) == 0 or size == 0:
            raise UnsatisfiableError(header)
        return Part(max(0, size - int(last)), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableError(header)
    return Part(start, min(size, int(last) + 1) if last else size)


def still_the_same(if_range: str, etag: str) -> bool:
    """Whether If-Range names this very version. Dates are too coarse and never match; a weak tag does not."""
    return not if_range or if_range.strip() == etag


def known_already(if_none_match: str, etag: str) -> bool:
    """Whether If-None-Match holds this version, so that 304 is the answer."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in {etag, "*"} for tag in tags)
