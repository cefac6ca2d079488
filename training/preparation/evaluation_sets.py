"""Reads the evaluation sets that a corpus is compared with: every item with its place in its file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.contract.corpus_files import corpus_file
from training.contract.errors import ForesightError
from training.contract.preparation_settings import EvaluationSet
from training.contract.settings.text import SourceConfig
from training.corpus.mapping import FieldMapping
from training.corpus.reader import read_documents
from training.corpus.registry import read_rows
from training.preparation.text import Word, strict_words

FIELD = "decontamination.against"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a set."""

    place: str  # "line 17", or the file's name where the file is one document
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """One evaluation set."""

    name: str
    sha256: str  # of its file
    items: tuple[Item, ...]


def read_set(wanted: EvaluationSet) -> Items:
    """Read a set's file. Raises ForesightError, field `decontamination.against`."""
    path = Path(wanted.file)
    source = SourceConfig(
        corpus=wanted.file,
        text_field=wanted.text_field,
        join_fields=wanted.join_fields,
        template=wanted.template,
    )
    try:
        items = tuple(Item(place, text, tuple(strict_words(text))) for place, text in _texts(path, source))
        sha256 = _sha256(path)
    except ForesightError as error:
        raise ForesightError(error.message, field=FIELD, remedy=error.remedy) from error
    except OSError as error:
        raise ForesightError(
            f"The evaluation set {path.name} cannot be read: {error.strerror}.",
            field=FIELD,
            remedy="Name a readable file.",
        ) from error
    return Items(wanted.name or path.name, sha256, items)


def _texts(path: Path, source: SourceConfig) -> Iterator[tuple[str, str]]:
    """Each item's place and text. Not through the corpus' reader, which leaves out what stands twice."""
    file = corpus_file(path.name)
    if file is None or not file.has_rows:
        for document in read_documents(path, source).documents:
            yield document.name, document.text
        return
    mapping = FieldMapping.of(source)
    for row in read_rows(path, file, source):
        yield row.place, mapping.text(row, path.name)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
