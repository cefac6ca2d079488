"""The formats of rows that a corpus file can have, each with its reader. A new one is a file and a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from training.contract.corpus_files import CorpusFile
from training.contract.settings.text import SourceConfig
from training.corpus.formats.csv_rows import read_csv
from training.corpus.formats.jsonl import read_jsonl
from training.corpus.formats.parquet import read_parquet
from training.corpus.mapping import Row
from training.corpus.refuse import MEGABYTE
from training.corpus.unpack import open_unpacked

_STREAMED: dict[str, Callable[[BinaryIO, str, int], Iterator[Row]]] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
}


def read_rows(
    path: Path, file: CorpusFile, data: SourceConfig, nested: tuple[str, ...] = ()
) -> Iterator[Row]:
    """The rows of a file of rows; `nested` names fields of a parquet file that may hold more than text.

    Raises ForesightError, field `data.corpus`.
    """
    longest, most = data.max_document_mb * MEGABYTE, data.max_unpacked_mb * MEGABYTE
    if file.format == "parquet":  # read by its own footer, not from the start on
        yield from read_parquet(path, longest, most, nested)
        return
    with open_unpacked(path, file.compression, most) as stream:
        yield from _STREAMED[file.format](stream, path.name, longest)
