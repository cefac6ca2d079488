"""The files of a preparation: the documents that came through, and everything that did not or was changed.

A file has its name once it is whole; what is left of one that was stopped goes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard

from training.contract.preparation_report import DOCUMENTS_FILE, DROPPED_FILE
from training.preparation.finding import Finding
from training.records import Document


class DroppedFile:
    """One JSON line for each document that a stage dropped or changed, packed with zstd."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, stage: str, finding: Finding) -> None:
        """Write a finding that has reasons: the text as the stage was given it, and why."""
        row = {
            "index": finding.document.index,
            "name": finding.document.name,
            "stage": stage,
            "action": "dropped" if finding.dropped else "changed",
            "reasons": [
                {"rule": one.rule, "words": one.words, "places": one.marks, **one.facts}
                for one in finding.reasons
            ],
            "text": finding.document.text,
        }
        self._stream.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


@contextmanager
def dropped_file(folder: Path) -> Iterator[DroppedFile]:
    """The file of dropped and changed documents, while it is written."""
    with (
        _whole(folder / DROPPED_FILE) as file,
        zstandard.ZstdCompressor(level=6).stream_writer(file) as packed,
    ):
        yield DroppedFile(packed)


def write_documents(documents: Sequence[Document], folder: Path) -> str:
    """Write the documents with the index and the name that they have in the source; returns the file's SHA-256."""
    digest = hashlib.sha256()
    with _whole(folder / DOCUMENTS_FILE) as file:
        for document in documents:
            row = {"index": document.index, "name": document.name, "text": document.text}
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    with _whole(path) as file:
        file.write(text.encode())


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(partial, "wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
