"""What a quality model says of texts: one number each, kept on file so that none is asked for twice.

A preparation that stopped goes on with what it has. The file belongs to one preparation and is read by nothing
else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

OPINIONS_FILE = "opinions.jsonl"


@dataclass(frozen=True, slots=True)
class Opinion:
    """Of one text."""

    value: float | None  # perplexity, or 0 or 1; None: the model gave no number
    reply: str = ""  # in its own words, where it has any


class Model(Protocol):
    """Something that has an opinion of texts."""

    identity: str  # everything an opinion depends on but the text
    together: int  # texts worth asking for at once

    def ask(self, texts: Sequence[str]) -> list[Opinion]:
        """One opinion a text, in their order. Raises ForesightError where the model cannot be asked."""


class KeptOpinions:
    """A model whose opinions are kept in a file."""

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self._path = path
        self._known = _read(path)
        self.together = model.together

    def ask(self, texts: Sequence[str]) -> list[Opinion]:
        """One opinion a text; the model is asked for those that are not on file."""
        keys = [self._key(text) for text in texts]
        asked = [place for place, key in enumerate(keys) if key not in self._known]
        if asked:
            opinions = self._model.ask([texts[place] for place in asked])
            with open(self._path, "a", encoding="utf-8") as file:
                for place, opinion in zip(asked, opinions, strict=True):
                    self._known[keys[place]] = opinion
                    file.write(json.dumps([keys[place], opinion.value, opinion.reply]) + "\n")
        return [self._known[key] for key in keys]

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self._model.identity}\0{text}".encode()).hexdigest()


def _read(path: Path) -> dict[str, Opinion]:
    known: dict[str, Opinion] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                key, value, reply = json.loads(line)
            except ValueError:  # the line that was being written when the preparation was killed
                continue
            known[key] = Opinion(value, reply)
    return known
