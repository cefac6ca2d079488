"""Which names can be a corpus: the suffixes of files, and ids of datasets on the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

SAMPLE = "sample"
ARITHMETIC = "arithmetic"
"""Problems of the project's own: what a corpus is called that is these."""
HUB_PREFIX = "hf:"
FORMATS = {
    ".txt": "txt",
    ".md": "md",
    ".markdown": "md",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
ROW_FORMATS = ("jsonl", "csv", "parquet")
"""Formats whose documents are made of named fields; of the others a file is one document."""
USE_A_KNOWN_FILE = (
    "Use a .txt, .md, .jsonl, .csv or .parquet file; all but the last may be packed as .gz or .zst."
)
_HUB_ID = re.compile(
    r"hf:(?P<name>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?::(?P<split>[\w.-]{1,64}))?"
)


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """What a file's name says of it."""

    format: str  # one of FORMATS
    compression: str  # gzip, zstd, or "" for none
    stem: str  # the name without these suffixes

    @property
    def has_rows(self) -> bool:
        return self.format in ROW_FORMATS


@dataclass(frozen=True, slots=True)
class HubDataset:
    """A dataset on the hub."""

    name: str  # org/name
    split: str


def corpus_file(name: str) -> CorpusFile | None:
    """What the suffixes of a file's name say; None for one that Foresight does not read."""
    path = PurePath(name)
    compression = COMPRESSIONS.get(path.suffix.lower(), "")
    if compression:
        path = path.with_suffix("")
    found = FORMATS.get(path.suffix.lower())
    if found is None or (found == "parquet" and compression):  # parquet is packed in itself
        return None
    return CorpusFile(found, compression, path.stem)


def hub_dataset(corpus: str) -> HubDataset | None:
    """`hf:org/name` or `hf:org/name:split` (by default `train`); None for anything else."""
    match = _HUB_ID.fullmatch(corpus)
    if match is None or ".." in corpus:
        return None
    return HubDataset(match["name"], match["split"] or "train")
