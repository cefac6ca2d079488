"""txt and md: the whole file is one document. Its text is never changed."""

from __future__ import annotations

from typing import BinaryIO

from training.corpus.lines import UTF8_BOM
from training.corpus.refuse import bad_corpus, too_long


def read_text(stream: BinaryIO, name: str, limit: int) -> str:
    """The file's text of at most `limit` bytes; a leading byte order mark is dropped, it is no part of it.

    Raises ForesightError, field `data.corpus`, with the number of the byte at fault.
    """
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise too_long(name, limit)
    if not data.strip():
        raise bad_corpus(f"{name} is empty.", "Upload a file that holds text.")
    nul = data.find(b"\0")
    if nul >= 0:
        raise bad_corpus(f"{name} is not a text file: byte {nul} is NUL.", "Upload plain UTF-8 text.")
    try:
        return data.removeprefix(UTF8_BOM).decode()
    except UnicodeDecodeError as error:
        offset = error.start + (len(UTF8_BOM) if data.startswith(UTF8_BOM) else 0)
        raise bad_corpus(
            f"{name} is not UTF-8: byte {offset} cannot be read.", "Save the file as UTF-8."
        ) from error
