"""Bytes as people can see them: characters that span their bytes, and bytes that are no text. Pure.

A ruler has one cell per byte. A character of several bytes spans its cells; a byte that belongs to
no whole character stands alone as its hexadecimal value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from webapp.runs.text import SHOWN

State = Literal["plain", "same", "differs", "past"]


@dataclass(frozen=True, slots=True)
class ByteCell:
    """One byte of a ruler."""

    hex: str  # two digits
    state: State  # against the truth's byte at the same place; past: the truth ends before it
    boundary: bool  # a token of the truth ends after this byte


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character, or one byte that is part of no whole character."""

    text: str  # what is drawn
    title: str  # what it is, in words
    start: int  # its first byte
    cells: tuple[ByteCell, ...]
    raw: bool  # a byte that is part of no whole character
    faint: bool  # drawn for something invisible

    @property
    def span(self) -> int:
        return len(self.cells)


def glyphs(data: bytes, boundaries: Collection[int], truth: bytes | None = None) -> tuple[Glyph, ...]:
    """The glyphs of `data`, compared byte by byte with `truth` (None: data is the truth itself)."""
    found: list[Glyph] = []
    start = 0
    while start < len(data):
        char = _character(data, start)
        size = 1 if char is None else len(char.encode())
        cells = tuple(
            ByteCell(f"{data[i]:02x}", _state(data, truth, i), i + 1 in boundaries)
            for i in range(start, start + size)
        )
        found.append(_glyph(char, data[start], start, cells))
        start += size
    return tuple(found)


def _character(data: bytes, start: int) -> str | None:
    """The whole character that begins at `start`; None: the byte begins none."""
    for size in range(1, 5):
        try:
            return data[start : start + size].decode("utf-8") or None
        except UnicodeDecodeError:
            continue
    return None


def _state(data: bytes, truth: bytes | None, index: int) -> State:
    if truth is None:
        return "plain"
    if index >= len(truth):
        return "past"
    return "same" if data[index] == truth[index] else "differs"


def _glyph(char: str | None, byte: int, start: int, cells: tuple[ByteCell, ...]) -> Glyph:
    if char is None:
        return Glyph(f"{byte:02x}", f"byte {byte:02x}, part of no whole character", start, cells, True, False)
    name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
    if char in SHOWN:
        return Glyph(SHOWN[char], name, start, cells, False, True)
    category = unicodedata.category(char)
    if category.startswith("M"):  # a mark needs something to sit on
        return Glyph(f"◌{char}", name, start, cells, False, False)
    if category[0] in "CZ":
        return Glyph(f"{ord(char):x}", name, start, cells, False, True)
    return Glyph(char, name, start, cells, False, False)
