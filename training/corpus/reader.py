"""Reads a corpus into documents and a report: a file, a dataset of the hub, or the built-in sample.

A text file is one document; of a file of rows, each row is one. Exact duplicates and empty
documents are left out and counted. Text is never changed: no stripping, no normalising, because
positions point into its UTF-8 bytes. Does not tokenise and does not split documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.contract.corpus_files import (
    ARITHMETIC,
    COMPRESSIONS,
    HUB_PREFIX,
    SAMPLE,
    USE_A_KNOWN_FILE,
    CorpusFile,
    corpus_file,
)
from training.contract.corpus_report import CorpusReport
from training.contract.settings.text import SourceConfig
from training.corpus.arithmetic import arithmetic_set
from training.corpus.formats.text import read_text
from training.corpus.mapping import FieldMapping, Row
from training.corpus.refuse import MEGABYTE, bad_corpus, too_long
from training.corpus.registry import read_rows
from training.corpus.rows import file_sha256, open_rows
from training.corpus.sample import sample_texts
from training.corpus.unpack import Meter, open_unpacked
from training.records import Document


@dataclass(frozen=True, slots=True)
class CorpusRead:
    """What a corpus holds, and what was found while reading it."""

    documents: tuple[Document, ...]  # numbered 0, 1, 2 ... without gaps
    report: CorpusReport


@dataclass(frozen=True, slots=True)
class _Found:
    """The texts of a corpus after empty ones and duplicates went."""

    kept: tuple[tuple[str, str], ...]  # (name or "", text)
    duplicates: int
    empty: int


class _Texts:
    """The texts of rows, and the names of the fields that hold text, in order of appearance."""

    def __init__(self, data: SourceConfig, name: str) -> None:
        self.mapping = FieldMapping.of(data)
        self.fields: dict[str, None] = {}  # a dict keeps the order
        self._name = name

    def of(self, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
        for row in rows:
            self.fields.update(
                dict.fromkeys(key for key, value in row.values.items() if isinstance(value, str))
            )
            yield "", self.mapping.text(row, self._name)


def _arithmetic_texts() -> tuple[tuple[str, str], ...]:
    return tuple((one.name, f"{one.text}\n\n{one.answer}") for one in arithmetic_set())


_BUILT_IN: dict[str, Callable[[], tuple[tuple[str, str], ...]]] = {
    SAMPLE: sample_texts,
    ARITHMETIC: _arithmetic_texts,
}
"""The corpora that are on every machine: their names and texts."""


def read_corpus(data: SourceConfig) -> CorpusRead:
    """Read the corpus that `data.corpus` names: `sample`, `arithmetic`, `hf:org/name[:split]`, or a file's path.

    Raises ForesightError, field `data.corpus`; names the byte, line or row at fault and the remedy.
    """
    if data.corpus in _BUILT_IN:
        named = _BUILT_IN[data.corpus]()
        sha256 = hashlib.sha256("\0".join(text for _, text in named).encode()).hexdigest()
        return _finish(_sift(named), data, data.corpus, sha256)
    if data.corpus.startswith(HUB_PREFIX):
        return _read_hub(data)
    return read_documents(Path(data.corpus), data)


def read_documents(path: Path, data: SourceConfig) -> CorpusRead:
    """Read a file of UTF-8 text or of rows; its suffixes say what it is.

    Raises ForesightError, field `data.corpus`.
    """
    file = corpus_file(path.name)
    if file is None:
        packed = path.suffix.lower() in COMPRESSIONS
        suffix = "".join(path.suffixes[-2:] if packed else [path.suffix]) or "(none)"
        raise bad_corpus(
            f"{path.name} has the suffix {suffix!r}, which is not one Foresight reads.", USE_A_KNOWN_FILE
        )
    try:
        if not file.has_rows:
            with open_unpacked(path, file.compression, data.max_unpacked_mb * MEGABYTE) as stream:
                text = read_text(stream, path.name, data.max_document_mb * MEGABYTE)
            name = path.name.removesuffix(path.suffix) if file.compression else path.name
            return _finish(_sift([(name, text)]), data, file.format, file_sha256(path), file=file)
        texts = _Texts(data, path.name)
        found = _sift(texts.of(read_rows(path, file, data)))
        if not (found.kept or found.duplicates or found.empty):
            raise bad_corpus(f"{path.name} is empty.", "Upload a file that holds text.")
        return _finish(found, data, file.format, file_sha256(path), file=file, texts=texts)
    except FileNotFoundError as error:
        raise bad_corpus(f"There is no file {path}.", "Name an existing file, or `sample`.") from error
    except OSError as error:
        raise bad_corpus(f"{path.name} cannot be read: {error.strerror}.", "Name a readable file.") from error


def _read_hub(data: SourceConfig) -> CorpusRead:
    opened = open_rows(data)
    texts = _Texts(data, opened.name)
    measured = _measured(texts.of(opened.rows), data, opened.name)
    return _finish(_sift(measured, data.max_documents), data, opened.format, opened.sha256, texts=texts)


def _measured(named: Iterable[tuple[str, str]], data: SourceConfig, name: str) -> Iterator[tuple[str, str]]:
    """The same texts, until they are too many or one is too long: no file's size says so beforehand."""
    most, longest = data.max_unpacked_mb * MEGABYTE, data.max_document_mb * MEGABYTE
    meter = Meter(name, most, most)  # as if it were not packed
    for number, (title, text) in enumerate(named, start=1):
        size = len(text.encode())
        if size > longest:
            raise too_long(f"{name}, row {number}", longest)
        meter.add(size)
        yield title, text


def _sift(named: Iterable[tuple[str, str]], enough: int = 0) -> _Found:
    """Leave out empty texts and exact duplicates, and count them; stop at `enough` texts, 0 for never."""
    seen: set[bytes] = set()
    kept: list[tuple[str, str]] = []
    duplicates = empty = 0
    for name, text in named:
        digest = hashlib.sha256(text.encode()).digest()
        if not text.strip():
            empty += 1
        elif digest in seen:
            duplicates += 1
        else:
            seen.add(digest)
            kept.append((name, text))
            if len(kept) == enough:
                break
    return _Found(tuple(kept), duplicates, empty)


def _finish(
    found: _Found,
    data: SourceConfig,
    kind: str,
    sha256: str,
    *,
    file: CorpusFile | None = None,
    texts: _Texts | None = None,
) -> CorpusRead:
    """Number the documents and write the report."""
    if not found.kept:
        raise bad_corpus(
            "The corpus holds no text: every document is empty.", "Use a corpus that holds text."
        )
    documents = tuple(
        Document(index=index, name=name or f"document {index}", text=text)
        for index, (name, text) in enumerate(islice(found.kept, data.max_documents or None))
    )
    report = CorpusReport(
        format=kind,
        compression=file.compression if file else "",
        sha256=sha256,
        documents=len(documents),
        characters=sum(len(document.text) for document in documents),
        bytes=sum(len(document.text.encode()) for document in documents),
        duplicates=found.duplicates,
        empty=found.empty,
        fields=tuple(texts.fields) if texts else (),
        used_fields=texts.mapping.fields if texts else (),
        warnings=_warnings(found, data.max_documents),
    )
    return CorpusRead(documents, report)


def _warnings(found: _Found, max_documents: int) -> tuple[str, ...]:
    said: list[str] = []
    if found.duplicates:
        said.append(
            f"{found.duplicates} exact duplicate{'s were' if found.duplicates > 1 else ' was'} left out."
        )
    if found.empty:
        said.append(f"{found.empty} empty document{'s were' if found.empty > 1 else ' was'} left out.")
    if 0 < max_documents < len(found.kept):
        said.append(f"Only the first {max_documents} of {len(found.kept)} documents are used.")
    return tuple(said)
