"""What the quality rules measure of a text: shares of it, from 0 to 1. Pure functions.

After Gopher (Rae et al., arXiv 2112.11446, appendix A1), C4 (Raffel et al., arXiv 1910.10683, 2.2) and FineWeb
(Penedo et al., arXiv 2406.17557, 3.6).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from training.preparation.text import lines_of

STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
_COMMON = frozenset(".,;:!?'\"()-–—’‘“”。，、；：！？（）《》「」")
_BULLETS = ("-", "*", "•", "‣", "▪", "·", "\\item")
_ELLIPSES = ("...", "…")
_ENDED = re.compile(
    r"""[.!?:;。！？：；…]["'”’»)\]}*_]*$"""  # punctuation, whatever closes after it
    r"""|(?:\$|\\\]|\\\)|\\end\{\w+\*?\})[.,;]?$"""  # a formula
    r"""|(?:\[/\w+\]|```)$""",  # a drawing or a listing
)
BROKEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]"
    r"|\t(?=imes\b|heta\b|ext\{|riangle\b|frac\{)|\r(?=ight\b|ho\b|angle\b)"
)
r"""What is left of a wrong encoding or escape: `\frac` read as an escape is a form feed and `rac`."""
_FEW_SIGNS = 40


def symbols(prose: str) -> float:
    """Characters that are neither letters, digits nor common punctuation; of a few characters nothing is said."""
    signs = [sign for sign in prose if not sign.isspace()]
    if len(signs) < _FEW_SIGNS:
        return 0.0
    return _share((not (sign.isalnum() or sign in _COMMON) for sign in signs), len(signs))


def digits(text: str) -> float:
    """Digits among letters and digits."""
    signs = [sign for sign in text if sign.isalnum()]
    return _share((sign.isdigit() for sign in signs), len(signs))


def broken(text: str) -> float:
    """Characters that a wrong encoding or escape left."""
    return len(BROKEN.findall(text)) / max(1, len(text))


def repeated_lines(text: str) -> float:
    """Characters in lines that stood before."""
    seen: set[str] = set()
    total = repeated = 0
    for line in lines_of(text):
        total += len(line)
        repeated += len(line) if line in seen else 0
        seen.add(line)
    return repeated / max(1, total)


def repeated_runs(words: Sequence[str], size: int) -> float:
    """Characters in runs of `size` words that stood before, each word counted once."""
    seen: set[tuple[str, ...]] = set()
    repeated = bytearray(len(words))
    for first in range(len(words) - size + 1):
        run = tuple(words[first : first + size])
        if run in seen:
            repeated[first : first + size] = b"\1" * size
        seen.add(run)
    total = sum(map(len, words))
    return sum(len(word) for word, again in zip(words, repeated, strict=True) if again) / max(1, total)


def top_run(words: Sequence[str], size: int) -> float:
    """Characters in the run of `size` words that takes the most of them; 0 where none stands twice."""
    runs = Counter(tuple(words[first : first + size]) for first in range(len(words) - size + 1))
    taken = (count * sum(map(len, run)) for run, count in runs.items() if count > 1)
    return min(1.0, max(taken, default=0) / max(1, sum(map(len, words))))


def ended_lines(text: str) -> float:
    """Lines that end with punctuation or a formula."""
    lines = list(lines_of(text))
    return _share((_ENDED.search(line) is not None for line in lines), len(lines))


def ellipsis_lines(text: str) -> float:
    """Lines that end with an ellipsis."""
    lines = list(lines_of(text))
    return _share((line.endswith(_ELLIPSES) for line in lines), len(lines))


def bullet_lines(text: str) -> float:
    """Lines that begin with a bullet."""
    lines = list(lines_of(text))
    return _share((line.startswith(_BULLETS) for line in lines), len(lines))


def _share(hits: Iterable[bool], total: int) -> float:
    return sum(hits) / max(1, total)
