"""Texts that training wrote, in the language of the page.

Training and the services write English: what they say is logged, stored in the database and answered by the
API. A page translates when it shows. A text with values in it (`There is no preset rpt.`) is found in the
catalogue by its pattern (`There is no preset {name}.`); one that is not there stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import translation

PLACE = re.compile(r"\{(\w+)\}")
"""Where a value stands in a pattern."""
LITERAL = 5
"""So many letters of its own a pattern must have: `{low} to {high}` would fit any text with a "to" in it."""
_ENDS = re.compile(r"(?<=[.:]) (?=[A-Z])")
"""Between two sentences."""
_LONGEST = 4000
"""Beyond this a text is output of a program, and no sentence of ours."""


def translated(text: str) -> str:
    """`text` in the language of the page."""
    language = get_language() or "en"
    if not text or language.startswith("en"):
        return text
    return _translated(language, str(text))


def explained(error: Exception) -> str:
    """What an error says and its remedy, in the language of the page."""
    parts = (getattr(error, "message", str(error)), getattr(error, "remedy", ""))
    between = " " if (get_language() or "en").startswith("en") else ""
    return between.join(translated(part) for part in parts if part)


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> str:
    known = gettext(text)
    if known != text or len(text) > _LONGEST:
        return known
    small = text[0].lower() + text[1:]  # a reason that begins a label
    if small != text and (said := gettext(small)) != small:
        return said
    for start, pattern, target in _patterns(language):
        if text.startswith(start) and (found := pattern.fullmatch(text)):
            return _filled(language, target, found.groupdict())
    sentences = _ENDS.split(text)
    if len(sentences) > 1:  # several sentences, as an error and its remedy
        return "".join(_translated(language, sentence) for sentence in sentences)
    if text.endswith(".") and (said := _translated(language, text[:-1])) != text[:-1]:
        return f"{said}。"
    return text


def _filled(language: str, target: str, values: dict[str, str]) -> str:
    """The translation with its values; one that is itself a text of ours, as a reason, is translated too."""
    words = {name: _translated(language, value) if value else value for name, value in values.items()}
    return PLACE.sub(lambda place: words.get(place[1], place[0]), target)


@lru_cache(maxsize=8)
def _patterns(language: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Literal start, pattern and translation of every text with places; the most literal ones first."""
    found = [
        (text, target)
        for text, target in translation(language)._catalog.items()
        if isinstance(text, str) and target and "\x04" not in text and PLACE.search(text)
    ]
    found = [one for one in found if sum(map(str.isalpha, PLACE.sub("", one[0]))) >= LITERAL]
    found.sort(key=lambda one: len(PLACE.sub("", one[0])), reverse=True)
    return [(PLACE.split(text)[0], _pattern(text), target) for text, target in found]


def _pattern(text: str) -> re.Pattern[str]:
    """`No {what} there.` as a pattern; a name that comes twice must stand for the same value."""
    parts, seen = [], set()
    for index, part in enumerate(PLACE.split(text)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.*?)")
    return re.compile("".join(parts), re.DOTALL)
