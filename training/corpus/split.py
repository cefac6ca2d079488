"""Holding documents out of training: by document, never by position (METHODS A1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from training.contract.errors import ForesightError
from training.contract.split import held_out_places
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
    drawn = held_out_places(len(documents), held_out, seed)
    train = tuple(document for place, document in enumerate(documents) if place not in drawn)
    return train, tuple(documents[place] for place in sorted(drawn))
