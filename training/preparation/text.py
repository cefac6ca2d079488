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
_STRICT = re.compile(rf"\\?(?P<word>[{_CJK}]|[^\W_{_CJK}]+)")
_LOOKS = re.compile(
    r"\\(?:text(?:bf|it|rm)?|math(?:rm|bf|it)|operatorname|left|right|[bB]igg?|displaystyle|limits|q?quad)"
)
"""Commands of LaTeX that change how a formula looks, not what it says."""
_SPELT = {
    "dfrac": "frac",
    "tfrac": "frac",
    "leq": "le",
    "geq": "ge",
    "ldots": "dots",
    "cdots": "dots",
}
"""Commands with two spellings, as one word."""
_FORMULA = re.compile(
    r"""
      \$\$ .{1,3000}? \$\$
    | \\\[ .{1,3000}? \\\]
    | \\\( .{1,3000}? \\\)
    | \\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray|array|cases|[pbvBV]?matrix)\*?)\}
      .{1,3000}? \\end\{(?P=name)\}
    | \[asy\] .{1,8000}? \[/asy\]
    | (?<![\\$]) \$ (?![\s$]) (?: (?!\n[ \t]*\n) [^$\\] | \\. ){0,3000}? (?<![\s\\]) \$ (?!\d)
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
    """Runs of letters and digits; punctuation, white space and how a formula looks count for nothing."""
    words = []
    for found in _STRICT.finditer(text):
        word = found["word"]
        if text[found.start()] == "\\":
            if _LOOKS.fullmatch(found.group()):
                continue
            word = _SPELT.get(word, word)
        words.append(Word(_normal(word), found.start("word"), found.end()))
    return words


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
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
