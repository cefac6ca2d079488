"""Text for a terminal: tables, durations, a bar. What a site says never moves the cursor."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from pydantic import BaseModel

_PARTS = " ▏▎▍▌▋▊▉█"


def printable(text: object) -> str:
    """Text on one line, without control characters: a name or a log line must not steer the terminal."""
    return "".join(" " if char in "\n\t" else char for char in str(text) if char in "\n\t" or _visible(char))


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()) -> str:
    """Columns as wide as they need to be; those in `numbers` are flush right."""
    cells = [[printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def duration(seconds: float | None) -> str:
    """12 s, 3 min 20 s, 1 h 04 min; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: float) -> str:
    """Bytes in steps of 1000: 1.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def bar(done: float, total: float, width: int) -> str:
    """A bar of `width` characters."""
    eighths = round(8 * width * min(done / total, 1.0)) if total else 0
    full, rest = divmod(eighths, 8)
    drawn = _PARTS[8] * full + (_PARTS[rest] if rest else "")
    return drawn.ljust(width)


def json_text(found: BaseModel | Iterable[BaseModel] | object) -> str:
    """A model, several of them, or plain data as JSON."""
    if isinstance(found, BaseModel):
        return found.model_dump_json(indent=2)
    if isinstance(found, list | tuple):
        found = [one.model_dump(mode="json") if isinstance(one, BaseModel) else one for one in found]
    return json.dumps(found, indent=2, ensure_ascii=False)


class StatusLine:
    """One line at the bottom of a terminal that is drawn over; elsewhere there is none."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self._shown = False

    @property
    def columns(self) -> int:
        return shutil.get_terminal_size().columns

    def show(self, text: str) -> None:
        if self.live:
            self.out.write(f"\r\x1b[2K{text[: self.columns - 1]}")
            self.out.flush()
            self._shown = True

    def print(self, text: str) -> None:
        """A line that stays, above the status line."""
        self.clear()
        self.out.write(f"{text}\n")
        self.out.flush()

    def clear(self) -> None:
        if self._shown:
            self.out.write("\r\x1b[2K")
            self._shown = False
