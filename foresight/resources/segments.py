"""Segments of corpora, and the boundaries that people change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foresight.models import Changed, CutDocument, CutOut, DocumentCutOut, SegmentsOut
from foresight.resources.base import Resource


class Segments(Resource):
    def show(self, corpus: int) -> SegmentsOut:
        """How far cutting it is, and what the newest finished cut counted."""
        return SegmentsOut.model_validate(self._transport.json("GET", f"/corpora/{corpus}/segments"))

    def start(self, corpus: int, **settings: Any) -> CutOut:
        """Queue a cut; `settings`: splitter, splitter_model, min_characters, max_characters."""
        found = self._transport.json("POST", f"/corpora/{corpus}/segments", json=settings)
        return CutOut.model_validate(found)

    def cancel(self, corpus: int) -> Changed:
        path = f"/corpora/{corpus}/segments/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))

    def documents(self, corpus: int, *, adjusted: bool = False) -> Iterator[CutDocument]:
        """How many segments each document has; `adjusted`: only those that somebody changed."""
        return self._pages(f"/corpora/{corpus}/segments/documents", CutDocument, {"adjusted": adjusted})

    def document(self, corpus: int, index: int) -> DocumentCutOut:
        """A document's segments with the changes that people made."""
        found = self._transport.json("GET", f"/corpora/{corpus}/segments/documents/{index}")
        return DocumentCutOut.model_validate(found)

    def join(self, corpus: int, index: int, revision: int, segment: int) -> DocumentCutOut:
        """Join a segment with the one after it. Raises ApiError where the boundaries changed meanwhile."""
        return self._change(corpus, index, "join", {"revision": revision, "segment": segment})

    def split(
        self, corpus: int, index: int, revision: int, segment: int, *, characters: int
    ) -> DocumentCutOut:
        """Split a segment after so many characters of its text. Raises ApiError as `join` does."""
        body = {"revision": revision, "segment": segment, "characters": characters}
        return self._change(corpus, index, "split", body)

    def undo(self, corpus: int, index: int, revision: int) -> DocumentCutOut:
        """Take the last change back. Raises ApiError as `join` does."""
        return self._change(corpus, index, "undo", {"revision": revision})

    def reset(self, corpus: int, index: int) -> DocumentCutOut:
        """Take all changes of the document back."""
        return self._change(corpus, index, "reset", {})

    def _change(self, corpus: int, index: int, verb: str, body: dict[str, int]) -> DocumentCutOut:
        path = f"/corpora/{corpus}/segments/documents/{index}/{verb}"
        return DocumentCutOut.model_validate(self._transport.json("POST", path, json=body))
