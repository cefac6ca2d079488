"""Preparations: a corpus becomes a new one, without near-duplicates, personal data and leaked evaluation items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from foresight.models import Changed, PreparationDetail, PreparationOut
from foresight.resources.base import Resource
from foresight.resources.experiments import Settings, body_of


class Preparations(Resource):
    def list(self) -> Iterator[PreparationOut]:
        return self._pages("/preparations", PreparationOut)

    def settings(self) -> dict[str, Any]:
        """Every setting with its default."""
        found: dict[str, Any] = self._transport.json("GET", "/preparations/settings")
        return found

    def start(
        self, corpus: int, settings: Settings | None = None, *, against: Sequence[int] = ()
    ) -> PreparationDetail:
        """Queue a preparation; `against` are corpora of evaluation items. None as settings: every default."""
        body = {} if settings is None else body_of(settings)
        path = f"/corpora/{corpus}/preparations"
        found = self._transport.json("POST", path, params={"against": [*against]}, **body)
        return PreparationDetail.model_validate(found)

    def show(self, preparation: int) -> PreparationDetail:
        return PreparationDetail.model_validate(self._transport.json("GET", f"/preparations/{preparation}"))

    def cancel(self, preparation: int) -> Changed:
        path = f"/preparations/{preparation}/cancel"
        return Changed.model_validate(self._transport.json("POST", path, repeatable=True))

    def download(self, preparation: int, name: str, to: Path | str) -> Path:
        """One of its files: documents.jsonl, dropped.jsonl.zst or report.json. It is there once it is whole."""
        target = Path(to)
        partial = target.with_name(f"{target.name}.partial")
        with (
            self._transport.stream(f"/preparations/{preparation}/files/{name}") as answer,
            open(partial, "wb") as file,
        ):
            for part in answer.iter_bytes():
                file.write(part)
        partial.replace(target)
        return target
