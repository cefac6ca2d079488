"""The words of a text as the search knows them, and what a person searches for. Pure.

Both databases index words that were cut here, so that one query finds the same rollouts on either. Case,
accents' encoding, punctuation and white space do not count; a Chinese, Japanese or Korean character is a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 64
"""Characters of a word that count: a model that repeats itself may write very long ones."""
MOST_TERMS = 16
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(f"[{_CJK}]|[^\\W_{_CJK}]+")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return [word[:LONGEST] for word in _WORD.findall(folded.casefold())]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another."""

    words: tuple[str, ...]
    prefix: bool  # the last word is the beginning of one


def terms_of(query: str) -> tuple[Term, ...]:
    """What a query asks for; all of it must be found. () where it holds no letter and no digit.

    `proton mass` asks for both words, `"proton mass"` for one after the other, `prot*` for any word that
    begins so. What is written together stays together: `1.67` is `1` and then `67`.
    """
    found: list[Term] = []
    for quoted, bare in _TERM.findall(query):
        words = tuple(words_of(quoted or bare))
        if words:
            found.append(Term(words, prefix=bare.endswith("*")))
    return tuple(dict.fromkeys(found))[:MOST_TERMS]
