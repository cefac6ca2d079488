"""Reads the documents of a checked corpus: the list, and one document at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from training.contract.corpus_report import DocumentSummary
from webapp.corpora.models import Corpus


class IndexedDocument(DocumentSummary):
    """A line of the documents list and the place of its text."""

    offset: int  # of its line in documents.jsonl, bytes


@dataclass(frozen=True, slots=True)
class DocumentText:
    """One document with its whole text."""

    index: int
    name: str
    text: str
    messages: tuple[dict[str, str], ...] = ()  # of a conversation: role and content of each turn


def list_documents(corpus: Corpus, search: str = "") -> list[IndexedDocument]:
    """The documents in order; `search` keeps those whose name or start holds it, whatever the case."""
    documents = _index(corpus)
    wanted = search.strip().casefold()
    if not wanted:
        return list(documents)
    return [one for one in documents if wanted in one.name.casefold() or wanted in one.start.casefold()]


def read_document(corpus: Corpus, index: int) -> DocumentText | None:
    """The document with this index, or None."""
    documents = _index(corpus)
    if not 0 <= index < len(documents):
        return None
    with open(_folder(corpus) / "documents.jsonl", "rb") as file:
        file.seek(documents[index].offset)
        row = json.loads(file.readline())
    messages = tuple(row.get("messages", ()))
    return DocumentText(index=row["index"], name=row["name"], text=row["text"], messages=messages)


def _folder(corpus: Corpus) -> Path:
    return Path(settings.HOME) / corpus.folder


def _index(corpus: Corpus) -> tuple[IndexedDocument, ...]:
    path = _folder(corpus) / "documents.index.json"
    try:
        return _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return ()


@lru_cache(maxsize=8)
def _load(path: Path, modified: int) -> tuple[IndexedDocument, ...]:
    """The index as it was at `modified` (nanoseconds): a corpus that is checked again is read again."""
    return tuple(IndexedDocument.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8")))
