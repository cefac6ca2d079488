"""One text of the site, and how the texts of many files become one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Text:
    """What a translator gets: the English text, its plural if it has one, the file it stands in."""

    id: str
    plural: str = ""
    context: str = ""
    file: str = ""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def merged(texts: Iterable[Text]) -> dict[tuple[str, str], Text]:
    """Each text once, by context and English text, in the order of files; a plural wins over none."""
    found: dict[tuple[str, str], Text] = {}
    for text in texts:
        known = found.get((text.context, text.id))
        if known is None:
            found[text.context, text.id] = text
        elif text.plural and not known.plural:
            found[text.context, text.id] = replace(known, plural=text.plural)
    return found
