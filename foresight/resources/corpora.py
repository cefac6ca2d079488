"""Corpora and their scans."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from foresight.errors import ForesightClientError
from foresight.models import Changed, CorpusOut, DocumentSummary, DocumentText, ScanDetail, ScanOut
from foresight.resources.base import Resource

Kind = Literal["documents", "conversations"]
"""What a corpus holds; conversations are for instruction tuning."""
_POLL_SECONDS = 1.0
_UPLOAD_SECONDS = 600.0  # a large file is stored before the site answers


class Corpora(Resource):
    def list(self) -> Iterator[CorpusOut]:
        """Your corpora, newest first."""
        return self._pages("/corpora", CorpusOut)

    def show(self, corpus: int) -> CorpusOut:
        return CorpusOut.model_validate(self._transport.json("GET", f"/corpora/{corpus}"))

    def upload(
        self,
        file: Path | str,
        *,
        name: str = "",
        kind: Kind = "documents",
        text_field: str = "text",
        join_fields: Sequence[str] = (),
        template: str = "",
    ) -> CorpusOut:
        """Upload a file; its check begins. See `wait`."""
        path = Path(file)
        fields = {
            "name": name,
            "kind": kind,
            "text_field": text_field,
            "join_fields": ", ".join(join_fields),
            "template": template,
        }
        with open(path, "rb") as content:
            files = {"file": (path.name, content)}
            slow = self._transport.slow(_UPLOAD_SECONDS)
            found = self._transport.json("POST", "/corpora", data=fields, files=files, timeout=slow)
        return CorpusOut.model_validate(found)

    def wait(self, corpus: int, seconds: float = 600.0) -> CorpusOut:
        """Wait until its check has ended; whether it can be used is its state.

        Raises ForesightClientError after `seconds`.
        """
        deadline = time.monotonic() + seconds
        while (found := self.show(corpus)).state == "checking":
            if time.monotonic() > deadline:
                raise ForesightClientError(f"The check of {found.name} has not ended in {seconds:g} s.")
            time.sleep(_POLL_SECONDS)
        return found

    def dataset(
        self,
        dataset: str,
        *,
        kind: Kind = "documents",
        text_field: str = "text",
        join_fields: Sequence[str] = (),
        template: str = "",
    ) -> CorpusOut:
        """Add a dataset of the Hugging Face hub, `org/name:split`."""
        fields = {"kind": kind, "text_field": text_field, "join_fields": [*join_fields], "template": template}
        body = {"dataset": dataset, **fields}
        return CorpusOut.model_validate(self._transport.json("POST", "/corpora/dataset", json=body))

    def sample(self, kind: Kind = "documents") -> CorpusOut:
        """The built-in sample; the same one each time."""
        slow, query = self._transport.slow(_UPLOAD_SECONDS), {"kind": kind}
        found = self._transport.json("POST", "/corpora/sample", params=query, repeatable=True, timeout=slow)
        return CorpusOut.model_validate(found)

    def check(
        self,
        corpus: int,
        *,
        kind: Kind = "documents",
        text_field: str = "text",
        join_fields: Sequence[str] = (),
        template: str = "",
    ) -> CorpusOut:
        """Take the text from these fields from now on, and check it again."""
        body = {"kind": kind, "text_field": text_field, "join_fields": [*join_fields], "template": template}
        return CorpusOut.model_validate(self._transport.json("POST", f"/corpora/{corpus}/check", json=body))

    def delete(self, corpus: int) -> None:
        """Remove it with its documents and scans. Raises ApiError while an experiment uses it."""
        self._transport.send("DELETE", f"/corpora/{corpus}")

    def documents(self, corpus: int, search: str = "") -> Iterator[DocumentSummary]:
        return self._pages(f"/corpora/{corpus}/documents", DocumentSummary, {"q": search})

    def document(self, corpus: int, index: int) -> DocumentText:
        found = self._transport.json("GET", f"/corpora/{corpus}/documents/{index}")
        return DocumentText.model_validate(found)


class Scans(Resource):
    def list(self, corpus: int) -> Iterator[ScanOut]:
        return self._pages(f"/corpora/{corpus}/scans", ScanOut)

    def start(self, corpus: int, model: str, *, max_documents: int = 0, **positions: Any) -> ScanOut:
        """Queue a scan; `positions` are settings of that section: entropy, top_k, window ..."""
        body = {"model": model, "max_documents": max_documents, "positions": positions}
        return ScanOut.model_validate(self._transport.json("POST", f"/corpora/{corpus}/scans", json=body))

    def show(self, scan: int) -> ScanDetail:
        return ScanDetail.model_validate(self._transport.json("GET", f"/scans/{scan}"))

    def cancel(self, scan: int) -> Changed:
        return Changed.model_validate(self._transport.json("POST", f"/scans/{scan}/cancel", repeatable=True))

    def entropies(self, scan: int, document: int) -> dict[str, Any]:
        """first, positions, entropy (nats) and unusable of a document's positions."""
        found: dict[str, Any] = self._transport.json("GET", f"/scans/{scan}/documents/{document}")
        return found

    def tokens(self, scan: int, document: int, *, first: int = 1, count: int = 400) -> dict[str, Any]:
        """lead, rows and words of a stretch of a document's tokens."""
        query = {"first": first, "count": count}
        path = f"/scans/{scan}/documents/{document}/tokens"
        found: dict[str, Any] = self._transport.json("GET", path, params=query)
        return found
