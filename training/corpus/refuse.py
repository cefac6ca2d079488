"""The error of everything that reads a corpus: field `data.corpus`, with what to do about it."""

from __future__ import annotations

from training.contract.errors import ForesightError

MEGABYTE = 1024 * 1024


def bad_corpus(message: str, remedy: str, *, retryable: bool = False) -> ForesightError:
    return ForesightError(message, field="data.corpus", remedy=remedy, retryable=retryable)


def too_long(where: str, limit: int) -> ForesightError:
    """`where` names the file and the line or row; `limit` is in bytes."""
    return bad_corpus(
        f"{where} is longer than {limit // MEGABYTE} MB, the most that one document may hold.",
        "Cut it into several documents; on the command line data.max_document_mb can be raised.",
    )
