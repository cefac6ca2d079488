"""The catalogues of the site: what they should hold, what they hold, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polib

from scripts.words.marked import in_python, in_scripts, in_templates
from scripts.words.text import ROOT, Text, merged
from scripts.words.training_texts import of_training

FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
_HEADER = {
    "Project-Id-Version": "Foresight",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
_PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%|</?\w+")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One domain of Django's translation, and where its texts come from."""

    domain: str
    collect: Callable[[], Iterable[Text]]

    @property
    def po(self) -> Path:
        return FOLDER / f"{self.domain}.po"

    @property
    def mo(self) -> Path:
        return FOLDER / f"{self.domain}.mo"


CATALOGUES = (
    Catalogue("django", lambda: chain(in_templates(), in_python(), of_training())),
    Catalogue("djangojs", in_scripts),
)


def refresh(catalogue: Catalogue) -> polib.POFile:
    """The catalogue with today's texts and the translations it has; texts that are gone are dropped."""
    known = {}
    if catalogue.po.exists():
        known = {(entry.msgctxt or "", entry.msgid): entry for entry in polib.pofile(str(catalogue.po))}
    file = polib.POFile(wrapwidth=110)
    file.metadata = dict(_HEADER)
    for key, text in merged(catalogue.collect()).items():
        entry = polib.POEntry(
            msgid=text.id,
            msgid_plural=text.plural,
            msgctxt=text.context or None,
            occurrences=[(text.file, "")],
        )
        before = known.get(key)
        said = (before.msgstr or before.msgstr_plural.get(0, "")) if before else ""
        if text.plural:
            entry.msgstr_plural = {0: said}
        else:
            entry.msgstr = said
        file.append(entry)
    return file


def compiled(po: Path) -> bytes:
    """The .mo file of a .po file: what `msgfmt` makes of it."""
    binary: bytes = polib.pofile(str(po)).to_binary()
    return binary


def faults(file: polib.POFile) -> Iterator[str]:
    """Texts without a translation, in doubt, or with other places for values than the English has."""
    for entry in file:
        said = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
        if not said.strip():
            yield f"not translated: {entry.msgid!r} ({entry.occurrences[0][0]})"
        elif entry.fuzzy:
            yield f"in doubt: {entry.msgid!r}"
        elif _places(said) != _places(entry.msgid) and _places(said) != _places(entry.msgid_plural):
            yield f"other places than in English: {entry.msgid!r} -> {said!r}"


def _places(text: str) -> list[str]:
    return sorted(_PLACES.findall(text))
