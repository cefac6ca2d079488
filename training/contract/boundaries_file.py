"""Boundaries of segments that a person set: the file between the segments page and a run.

A document is known by its text, not by its place: a corpus that was read differently is cut anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from training.contract.errors import ForesightError


class Boundaries(BaseModel):
    """Of one corpus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    documents: dict[str, tuple[int, ...]]  # text_sha256 -> where its segments end in its UTF-8 bytes


def text_sha256(text: str) -> str:
    """The name of a document in the file."""
    return hashlib.sha256(text.encode()).hexdigest()


def fault_of(data: bytes, ends: Sequence[int]) -> str:
    """What is wrong with the ends of a document's segments, as a sentence; "" where nothing is.

    Args:
        data: the document's UTF-8 bytes.
        ends: where its segments end, the last one with the document.
    """
    if not ends or ends[-1] != len(data):
        return "The last segment must end with the document."
    if any(end <= start for start, end in pairwise((0, *ends))):
        return "Segments must follow each other, each with some text."
    if any(data[end] & 0xC0 == 0x80 for end in ends[:-1]):
        return "A segment must not end inside a character."
    return ""


def write_boundaries(path: Path, boundaries: Boundaries) -> None:
    """Write them whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(boundaries.model_dump_json() + "\n", encoding="utf-8")
    partial.replace(path)


def read_boundaries(path: Path) -> Boundaries:
    """Raises ForesightError where there is no such file, or it is none of ours."""
    try:
        return Boundaries.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ForesightError(
            f"There is no file of boundaries {path.name}.",
            field="segments.boundaries",
            remedy="Name an existing one, or leave it empty.",
        ) from error
    except ValidationError as error:
        raise ForesightError(
            f"{path.name} is no file of segment boundaries.",
            field="segments.boundaries",
            remedy="Export it again from the corpus' segments page.",
        ) from error
