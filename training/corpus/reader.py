"""Reads a corpus file (txt, md, jsonl) or the built-in sample into documents and a report.

A text file is one document; a jsonl file is one document a line. Exact duplicates and empty
documents are left out and counted. Text is never changed: no stripping, no normalising, because
positions point into its UTF-8 bytes. Does not tokenise and does not split documents.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.contract.corpus_report import CorpusReport
from training.contract.errors import ForesightError
from training.corpus.sample import sample_texts
from training.records import Document

SAMPLE = "sample"
_SUFFIXES = {".txt": "txt", ".md": "md", ".markdown": "md", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CorpusRead:
    """What a corpus holds, and what was found while reading it."""

    documents: tuple[Document, ...]  # numbered 0, 1, 2 ... without gaps
    report: CorpusReport


@dataclass(frozen=True, slots=True)
class _Rows:
    """The texts of a jsonl file, before duplicates go."""

    texts: tuple[str, ...]
    fields: tuple[str, ...]  # names of the fields that hold text, in order of appearance
    used: tuple[str, ...]


def read_corpus(
    corpus: str, *, text_field: str = "text", join_fields: Sequence[str] = (), max_documents: int = 0
) -> CorpusRead:
    """Read the corpus a config names: `sample`, or the path of a file (see `read_documents`)."""
    if corpus != SAMPLE:
        return read_documents(
            Path(corpus), text_field=text_field, join_fields=join_fields, max_documents=max_documents
        )
    named = sample_texts()
    sha256 = hashlib.sha256("\0".join(text for _, text in named).encode()).hexdigest()
    return _collect(named, SAMPLE, sha256, max_documents)


def read_documents(
    path: Path, *, text_field: str = "text", join_fields: Sequence[str] = (), max_documents: int = 0
) -> CorpusRead:
    """Read a txt, md or jsonl file of UTF-8 text.

    Args:
        path: the file; its suffix says what it is.
        text_field: the jsonl field that holds a document's text.
        join_fields: several jsonl fields joined by a blank line, in place of `text_field`.
        max_documents: keep only the first so many documents; 0 keeps all.

    Raises:
        ForesightError: field `data.corpus`; names the byte or line at fault and the remedy.
    """
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise _bad(
            f"{path.name} has the suffix {path.suffix or '(none)'!r}, which is not one Foresight reads.",
            "Use a .txt, .md or .jsonl file.",
        )
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise _bad(f"There is no file {path}.", "Name an existing file, or `sample`.") from error
    except OSError as error:
        raise _bad(f"{path.name} cannot be read: {error.strerror}.", "Name a readable file.") from error
    text = _decode(data, path.name)
    sha256 = hashlib.sha256(data).hexdigest()
    if kind != "jsonl":
        return _collect([(path.name, text)], kind, sha256, max_documents)
    rows = _read_jsonl(text, tuple(join_fields) or (text_field,), path.name)
    return _collect(((None, row) for row in rows.texts), kind, sha256, max_documents, rows.fields, rows.used)


def _bad(message: str, remedy: str) -> ForesightError:
    return ForesightError(message, field="data.corpus", remedy=remedy)


def _decode(data: bytes, name: str) -> str:
    """The file's text; a leading byte order mark is dropped, it is no part of the text."""
    if not data.strip():
        raise _bad(f"{name} is empty.", "Upload a file that holds text.")
    nul = data.find(b"\0")
    if nul >= 0:
        raise _bad(
            f"{name} is not a text file: byte {nul} is NUL.", "Upload plain UTF-8 text (.txt, .md or .jsonl)."
        )
    try:
        return data.removeprefix(_UTF8_BOM).decode()
    except UnicodeDecodeError as error:
        offset = error.start + (len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0)
        raise _bad(
            f"{name} is not UTF-8: byte {offset} cannot be read.", "Save the file as UTF-8."
        ) from error


def _read_jsonl(text: str, wanted: tuple[str, ...], name: str) -> _Rows:
    texts: list[str] = []
    fields: dict[str, None] = {}  # a dict keeps the order of appearance
    # Only "\n" ends a line: JSON strings may hold other line separators, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = _parse_row(line, number, name)
        fields.update(dict.fromkeys(key for key, value in row.items() if isinstance(value, str)))
        texts.append("\n\n".join(_text_of(row, field, number, name) for field in wanted))
    return _Rows(tuple(texts), tuple(fields), wanted)


def _parse_row(line: str, number: int, name: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        what = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "too deep"
        raise _bad(
            f"{name}, line {number}: not valid JSON ({what}).", "Write one JSON object on each line."
        ) from error
    if not isinstance(row, dict):
        raise _bad(
            f"{name}, line {number}: a JSON {type(row).__name__}, not an object.",
            'Write one JSON object on each line, as {"text": "..."}.',
        )
    return row


def _text_of(row: dict[str, object], field: str, number: int, name: str) -> str:
    there = ", ".join(row) or "none"
    if field not in row:
        raise _bad(
            f"{name}, line {number}: there is no field {field!r}. The fields there are: {there}.",
            "Name a field that every line has, in data.text_field or data.join_fields.",
        )
    value = row[field]
    if not isinstance(value, str):
        raise _bad(
            f"{name}, line {number}: field {field!r} holds {json.dumps(value)[:40]}, which is not text. "
            f"The fields there are: {there}.",
            "Name a field that holds text on every line.",
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _bad(
            f"{name}, line {number}: field {field!r} holds half of a character (a lone surrogate) at "
            f"character {error.start}.",
            "Write the whole character, or leave the line out.",
        ) from error
    return value


def _collect(
    named: Iterable[tuple[str | None, str]],
    kind: str,
    sha256: str,
    max_documents: int,
    fields: tuple[str, ...] = (),
    used: tuple[str, ...] = (),
) -> CorpusRead:
    """Leave out empty texts and exact duplicates, number the rest, and count everything."""
    seen: set[bytes] = set()
    kept: list[tuple[str | None, str]] = []
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
    if not kept:
        raise _bad("The corpus holds no text: every document is empty.", "Use a corpus that holds text.")
    warnings = _warnings(len(kept), duplicates, empty, max_documents)
    chosen = kept[:max_documents] if max_documents else kept
    documents = tuple(
        Document(index=index, name=name or f"document {index}", text=text)
        for index, (name, text) in enumerate(chosen)
    )
    report = CorpusReport(
        format=kind,
        sha256=sha256,
        documents=len(documents),
        characters=sum(len(document.text) for document in documents),
        bytes=sum(len(document.text.encode()) for document in documents),
        duplicates=duplicates,
        empty=empty,
        fields=fields,
        used_fields=used,
        warnings=warnings,
    )
    return CorpusRead(documents, report)


def _warnings(found: int, duplicates: int, empty: int, max_documents: int) -> tuple[str, ...]:
    said: list[str] = []
    if duplicates:
        said.append(f"{duplicates} exact duplicate{'s were' if duplicates > 1 else ' was'} left out.")
    if empty:
        said.append(f"{empty} empty document{'s were' if empty > 1 else ' was'} left out.")
    if 0 < max_documents < found:
        said.append(f"Only the first {max_documents} of {found} documents are used.")
    return tuple(said)
