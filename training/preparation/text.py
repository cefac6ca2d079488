"""How preparation reads text: words, formulas, lines. Pure functions; every place is an offset in characters.

Chinese and Japanese are written without spaces, so each of their characters counts as a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_LOOSE = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_STRICT = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_FORMULA = re.compile(
    r"""
      \$\$ .{1,8000}? \$\$
    | \\\[ .{1,8000}? \\\]
    | \\\( .{1,8000}? \\\)
    | \\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray|array|cases|[pbvBV]?matrix)\*?)\}
      .{1,8000}? \\end\{(?P=name)\}
    | \[asy\] .{1,20000}? \[/asy\]
    | (?<![\\$]) \$ (?![\s$]) (?: (?!\n\s*\n) [^$\\] | \\. ){0,8000}? (?<![\s\\]) \$ (?!\d)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it stands."""

    text: str  # normalised: compatible forms made one, lower case
    start: int
    end: int


def loose_words(text: str) -> list[str]:
    """What white space separates, punctuation included: `$x+1$,` is one word and differs from `$x-1$,`."""
    return _LOOSE.findall(_normal(text))


def strict_words(text: str) -> list[Word]:
    """Runs of letters and digits; punctuation, white space and LaTeX's signs separate and count for nothing."""
    return [Word(_normal(found.group()), found.start(), found.end()) for found in _STRICT.finditer(text)]


def formula_spans(text: str) -> list[tuple[int, int]]:
    """Where LaTeX formulas and Asymptote drawings stand.

    A dollar sign opens a formula as in Pandoc: no space after it, none before the closing one, and no digit
    after that, so that `$5 and $6` is money.
    """
    return [found.span() for found in _FORMULA.finditer(text)]


def without_formulas(text: str) -> str:
    """The text with every formula blanked out by as many spaces: offsets stay."""
    parts, last = [], 0
    for start, end in formula_spans(text):
        parts += [text[last:start], " " * (end - start)]
        last = end
    return "".join([*parts, text[last:]])


def shingles(words: Sequence[str], size: int) -> set[str]:
    """Every run of `size` words; of a shorter text the whole of it."""
    count = max(1, len(words) - size + 1)
    return {" ".join(words[place : place + size]) for place in range(count)}


def lines_of(text: str) -> Iterator[str]:
    """The lines that hold something, without white space at their ends."""
    for line in text.splitlines():
        if stripped := line.strip():
            yield stripped


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
