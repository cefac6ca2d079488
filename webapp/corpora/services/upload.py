"""Takes an uploaded file into Django's storage as a corpus that waits for its check."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from training.contract.corpus_files import USE_A_KNOWN_FILE, corpus_file
from training.contract.errors import ForesightError
from webapp.corpora.models import DOCUMENTS, Corpus
from webapp.corpora.services.request_check import request_check

_NAME_LENGTH = 80


def add_corpus(
    owner: Any,
    file: UploadedFile,
    name: str = "",
    *,
    text_field: str = "text",
    join_fields: Sequence[str] = (),
    template: str = "",
    kind: str = DOCUMENTS,
) -> Corpus:
    """Store the file and ask for its check.

    Raises:
        ForesightError: field `file`; the suffix is unknown, the file is empty or too large.
    """
    original = PurePath((file.name or "").replace("\\", "/")).name
    check_upload(original, file.size or 0)
    corpus = Corpus(
        owner=owner,
        name=(name.strip() or _stem(original))[:120],
        original_name=original[-255:],
        text_field=text_field.strip() or "text",
        join_fields=list(join_fields),
        template=template,
        kind=kind,
    )
    # A folder of its own keeps the file's name whole: the check's messages name it.
    corpus.file.save(f"{secrets.token_hex(6)}/{safe_name(original)}", file, save=False)
    corpus.save()
    request_check(corpus)
    return corpus


def check_upload(name: str, size: int) -> None:
    """Refuse what can be refused before the file is read. Sizes are in bytes."""
    if corpus_file(name) is None:
        raise ForesightError(
            f"{name or 'The file'} has the suffix {PurePath(name).suffix or '(none)'!r}, "
            "which is not one Foresight reads.",
            field="file",
            remedy=USE_A_KNOWN_FILE,
        )
    if size == 0:
        raise ForesightError(f"{name} is empty.", field="file", remedy="Upload a file that holds text.")
    if size > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES / 1e6
        raise ForesightError(
            f"{name} holds {size / 1e6:,.0f} MB; the limit is {limit:,.0f} MB.",
            field="file",
            remedy="Split it into several corpora, or raise FORESIGHT_MAX_UPLOAD_MB on the server.",
        )


def safe_name(original: str) -> str:
    """The file's name with letters, digits, '-', '_' and '.' alone, its suffix kept, of bounded length."""
    stem = _stem(original)
    kept = get_valid_filename(stem.lstrip(".") or "corpus")[:_NAME_LENGTH]
    return f"{kept}{PurePath(original).name.removeprefix(stem).lower()}"


def _stem(original: str) -> str:
    """The name without the suffixes that say what the file is."""
    found = corpus_file(original)
    return found.stem if found else PurePath(original).stem
