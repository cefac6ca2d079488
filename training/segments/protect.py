"""Parts of a text that no segment may end inside: formulas and code. Pure.

LaTeX is recognised by its marks alone (`$`, `$$`, `\\(`, `\\[`, `\\begin`), code by its fences. A mark
that nothing closes protects nothing: prices are no formulas.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

_OPENERS = re.compile(
    r"(?P<fence>^[ \t]*(?P<ticks>```+|~~~+)[^\n]*$)|(?<!`)(?P<code>`)(?!`)|(?P<environment>\\begin\{)"
    r"|(?P<escaped>\\[^\[(b])|(?P<display>\$\$)|(?P<inline>\$)|(?P<bracket>\\\[)|(?P<paren>\\\()",
    re.MULTILINE,
)
_CLOSERS = {"code": "`", "display": "$$", "inline": "$", "bracket": r"\]", "paren": r"\)"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([^{}\n]{1,40})\}")
_FENCE_END = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_LINE_END = re.compile(r"\n")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_REACH = 10_000  # characters within which a mark must be closed: a text of openers alone stays affordable


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Where formulas and code stand, as (start, end) in characters; rising, none inside another."""
    environments = _environments(text)
    spans: list[tuple[int, int]] = []
    place = 0
    while match := _OPENERS.search(text, place):
        end = environments.get(match.start()) if match["environment"] else _end(text, match)
        if end is not None:
            spans.append((match.start(), end))
        place = end or match.end()
    return spans


def is_inside(spans: Sequence[tuple[int, int]], place: int) -> bool:
    """Whether a cut at `place` would go through one of the spans."""
    at = bisect_right(spans, (place, -1)) - 1
    return at >= 0 and spans[at][0] < place < spans[at][1]


def _end(text: str, match: re.Match[str]) -> int | None:
    """Where what the match opens ends; None where nothing closes it."""
    start = match.end()
    if match["fence"]:
        return next((one.end() for one in _FENCE_END.finditer(text, start) if one[1] == match["ticks"]), None)
    kind = next((name for name in _CLOSERS if match[name]), "")
    end = _unescaped(text, _CLOSERS[kind], start, start + _REACH) if kind else None
    if end is None:
        return None
    between = _BLANK_LINE if kind in ("inline", "paren") else _LINE_END if kind == "code" else None
    if between and between.search(text, start, end):
        return None
    if kind == "inline" and (end == start or _is_price(text, start, end)):
        return None
    return end + len(_CLOSERS[kind])


def _is_price(text: str, start: int, end: int) -> bool:
    """`$5 and $6`: a digit after each sign, and a space before the second."""
    return text[start].isdigit() and text[end - 1].isspace() and text[end + 1 : end + 2].isdigit()


def _unescaped(text: str, closer: str, start: int, limit: int) -> int | None:
    """The first `closer` that no backslash escapes."""
    end = text.find(closer, start, limit)
    while end >= 0 and _is_escaped(text, end):
        end = text.find(closer, end + 1, limit)
    return end if end >= 0 else None


def _is_escaped(text: str, place: int) -> bool:
    before = place
    while before and text[before - 1] == "\\":
        before -= 1
    return (place - before) % 2 == 1


def _environments(text: str) -> dict[int, int]:
    """Where each `\\begin{...}` that has its `\\end{...}` ends, by its start."""
    open_ones: dict[str, list[int]] = {}
    ends = {}
    for mark in _ENVIRONMENT.finditer(text):
        started = open_ones.setdefault(mark[2], [])
        if mark[1] == "begin":
            started.append(mark.start())
        elif started:
            ends[started.pop()] = mark.end()
    return ends
