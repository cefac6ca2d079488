"""The rows of a corpus with all their fields, for methods that train on fields and not on running text.

Problems with answers, multiple choice and conversations are such rows. Leaves nothing out: duplicates
and empty fields are the caller's matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.contract.corpus_files import HUB_PREFIX, CorpusFile, corpus_file, hub_dataset
from training.contract.settings.text import SourceConfig
from training.corpus.hub import open_hub
from training.corpus.mapping import Row
from training.corpus.refuse import bad_corpus
from training.corpus.registry import read_rows


@dataclass(frozen=True, slots=True)
class OpenedRows:
    """Rows of a file or a dataset, and what identifies them."""

    rows: Iterator[Row]
    name: str  # what messages call it
    format: str  # jsonl, csv, parquet, or hub
    compression: str  # gzip, zstd, or "" for none
    sha256: str  # of the file; of a dataset of its name, revision and split


def open_rows(data: SourceConfig, nested: tuple[str, ...] = ()) -> OpenedRows:
    """The rows that `data.corpus` names: a file of rows, or `hf:org/name[:split]`.

    Args:
        data: where the rows come from; `max_documents` is the caller's matter.
        nested: fields of a parquet file that may hold more than text.

    Raises ForesightError, field `data.corpus`; a damaged file is found while its rows are read.
    """
    if data.corpus.startswith(HUB_PREFIX):
        dataset = hub_dataset(data.corpus)
        if dataset is None:
            raise bad_corpus(
                f"{data.corpus!r} names no dataset.",
                "Write hf:org/name, or hf:org/name:split for another split.",
            )
        opened = open_hub(dataset)
        return OpenedRows(opened.rows, dataset.name, "hub", "", opened.sha256)
    path = Path(data.corpus)
    file = corpus_file(path.name)
    if file is None or not file.has_rows:
        raise bad_corpus(
            f"{path.name} has no rows of named fields.",
            "Use a .jsonl, .csv or .parquet file, or a dataset of the hub.",
        )
    try:
        sha256 = file_sha256(path)
    except FileNotFoundError as error:
        raise bad_corpus(f"There is no file {path}.", "Name an existing file.") from error
    except OSError as error:
        raise bad_corpus(f"{path.name} cannot be read: {error.strerror}.", "Name a readable file.") from error
    return OpenedRows(_rows(path, file, data, nested), path.name, file.format, file.compression, sha256)


def file_sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(path: Path, file: CorpusFile, data: SourceConfig, nested: tuple[str, ...]) -> Iterator[Row]:
    try:
        yield from read_rows(path, file, data, nested)
    except OSError as error:
        raise bad_corpus(f"{path.name} cannot be read: {error.strerror}.", "Name a readable file.") from error
