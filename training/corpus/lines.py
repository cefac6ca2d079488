"""Lines of UTF-8 text from a stream of bytes, none longer than a limit. Used by jsonl and csv."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from training.corpus.refuse import bad_corpus, too_long

UTF8_BOM = b"\xef\xbb\xbf"


def text_lines(stream: BinaryIO, name: str, limit: int) -> Iterator[tuple[int, str]]:
    r"""(number from 1, line with its "\n"), a leading byte order mark dropped.

    Only "\n" ends a line: JSON strings may hold other line separators, such as U+2028. A line of more
    than `limit` bytes is refused as soon as so much of it is read.

    Raises ForesightError, field `data.corpus`, with the line's number.
    """
    number = 0
    while data := stream.readline(limit + 1):
        number += 1
        if len(data) > limit:
            raise too_long(f"{name}, line {number}", limit)
        if number == 1:
            data = data.removeprefix(UTF8_BOM)
        nul = data.find(b"\0")
        if nul >= 0:
            raise bad_corpus(
                f"{name}, line {number}: not text, byte {nul} of the line is NUL.",
                "Upload plain UTF-8 text.",
            )
        try:
            yield number, data.decode()
        except UnicodeDecodeError as error:
            raise bad_corpus(
                f"{name}, line {number}: not UTF-8, byte {error.start} of the line cannot be read.",
                "Save the file as UTF-8.",
            ) from error
