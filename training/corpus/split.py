"""Holding documents out of training: by document, never by position (METHODS A1)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from training.contract.errors import ForesightError
from training.records import Conversation, Document

Some = TypeVar("Some", Document, Conversation)


def split_documents(
    documents: Sequence[Some], held_out: int, seed: int
) -> tuple[tuple[Some, ...], tuple[Some, ...]]:
    """Draw `held_out` documents with `seed`; returns (train, held out), each in corpus order.

    Raises ForesightError when nothing would be left to train on.
    """
    if held_out and held_out >= len(documents):
        raise ForesightError(
            f"Holding out {held_out} of {len(documents)} documents leaves none to train on.",
            field="data.held_out_documents",
            remedy=f"Hold out at most {max(0, len(documents) - 1)}, or add documents.",
        )
    drawn = {document.index for document in random.Random(seed).sample(list(documents), held_out)}
    train = tuple(document for document in documents if document.index not in drawn)
    return train, tuple(document for document in documents if document.index in drawn)
