"""Where the sentences of a text begin: NLTK's Punkt, kept off what it would cut wrongly. Pure.

Punkt decides at `.`, `?` and `!` (Kiss & Strunk 2006). Its parameters are given here and not learnt
from a corpus: the same text is cut the same way wherever it stands. Added to it (METHODS B3):

- Formulas and code are shown to Punkt as marks without meaning; a full stop that ends a formula counts.
- Marks at the start of a line (`1.`, `(a)`, `Step 2.`) belong to what follows them.
- Chinese and Japanese end a sentence at `。！？；`, with the quotes that close after it.
- A blank line ends a segment, so does the line before a list item or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from training.segments.protect import is_inside, protected_spans

NEVER_END = (
    *("mr", "mrs", "ms", "dr", "prof", "st", "rev", "fig", "figs", "eq", "eqs", "eqn", "eqns", "sec", "sect"),
    *("ch", "chap", "ref", "refs", "thm", "lem", "prop", "cor", "def", "ex", "vol", "pp", "cf", "vs", "viz"),
    *("e.g", "eg", "i.e", "ie", "w.r.t", "s.t", "i.i.d", "a.e", "r.h.s", "l.h.s", "ca"),
)
"""Abbreviations that never stand at a sentence's end."""
MAY_END = (
    *("etc", "al", "approx", "resp", "incl", "max", "min", "inc", "ltd", "co", "corp", "jr", "sr", "dept"),
    *("u.s", "u.k", "u.n", "e.u", "a.m", "p.m", "b.c", "a.d", "ph.d", "w.l.o.g", "gen", "gov"),
    *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
)
"""Abbreviations that end a sentence only where an opening word follows."""
OPENING_WORDS = (
    *("a", "after", "all", "also", "although", "an", "and", "any", "as", "assume", "because", "both", "but"),
    *("by", "consider", "each", "every", "finally", "find", "first", "for", "from", "given", "hence", "here"),
    *("how", "however", "if", "in", "it", "its", "let", "moreover", "next", "no", "note", "now", "observe"),
    *("on", "one", "or", "our", "prove", "second", "show", "similarly", "since", "so", "some", "suppose"),
    *("that", "the", "then", "there", "therefore", "these", "they", "this", "those", "thus", "to", "under"),
    *("using", "we", "what", "when", "where", "which", "while", "with", "you"),
)

_MASK = "\u00a4"  # no letter, no digit, no punctuation: Punkt takes it for a word it knows nothing of
_NEVER = re.compile(
    rf"(?<![^\W_])(?i:{'|'.join(map(re.escape, NEVER_END))})\.|(?<!\w)[Nn]os?\.(?=\s*\d)"
    r"|(?<![\w.])(?:[A-Z]\.){2,}(?=\s+[a-z\d(])"  # initials that the sentence goes on after
)
_MARKER = re.compile(
    r"^[ \t>]*(?:[-*+•][ \t]|\[\*\]|#{1,6}[ \t]"
    r"|\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})(?:\.|\))(?=[ \t])"
    r"|(?:\*\*)?(?:Step|Case|Part|Theorem|Lemma|Problem|Question|Exercise|Example|Proposition|Corollary|Claim"
    r"|Definition|Remark|Section|Chapter|Figure|Table|Solution)[ \t]\d{1,3}(?:\.\d{1,3})*[.:])",
    re.MULTILINE,
)
_LINE_BREAKS = re.compile(
    r"\n[ \t\r]*\n\s*"
    rf"|\n(?=[ \t]*(?:[-*+•][ \t]|\[\*\]|#{{1,6}}[ \t]|\(?\d{{1,3}}[.){_MASK}][ \t]))[ \t]*"
    r"|^[ \t]*#{1,6}[ \t][^\n]*\n\s*",
    re.MULTILINE,
)
_CJK_END = re.compile(r"[。！？；｡]+[”’」』）】》〉\"')\]]*\s*")
_CLOSED_BY_STOP = re.compile(r"[.?!]\s*(?:\$\$|\$|\\\]|\\\)|\\end\{[^{}\n]*\}|`)$")
_LOWER_CASE = re.compile(r"(?<![^\W_])[a-z]{2,}(?![^\W_])")
_GOES_ON_SMALL = re.compile(r"\s*[a-z]")
_CLOSING_EMPHASIS = re.compile(r"(?<=\S)[*_]{1,3}\s+")
_NO_START = re.compile(r"[,;:)\]}=>+^/&]|<(?![A-Za-z/])")
_GOES_ON = re.compile(r"[!?]\s+[a-z\d+\-*·]|[.!?][\"'”’]+\s+[a-z]")  # `5! is`, `"Why?" he asked`
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_WINDOW = 20_000  # characters given to Punkt at once: its patterns have a time limit


def sentence_starts(text: str) -> list[int]:
    """Where segments begin, in characters: rising, neither 0 nor the end, never inside a formula or code."""
    spans = protected_spans(text)
    masked = _masked(text, spans)
    tokenizer = _punkt(masked)
    found = {match.end() for match in _CJK_END.finditer(masked)}
    for start, end in spans:
        if _FENCE.match(text, start):
            found |= {start, _after_space(text, end)}
    for start, end in _blocks(masked):
        found.add(start)
        for place in _sentences(tokenizer, masked, start, end):
            closing = _CLOSING_EMPHASIS.match(masked, place)
            if _begins(masked, place):
                found.add(closing.end() if closing else place)
    first = _after_space(text, 0)
    return sorted(place for place in found if first < place < len(text) and not is_inside(spans, place))


def _sentences(tokenizer: Any, masked: str, start: int, end: int) -> Iterator[int]:
    """Where Punkt begins a sentence in a part of the text, its first one left out."""
    while start < end:
        stop = min(end, start + _WINDOW)
        places = [start + first for first, _ in tokenizer.span_tokenize(masked[start:stop])][1:]
        yield from places
        # The last sentence of a window may go on in the next one.
        start = stop if stop == end or not places else places[-1]


def _begins(masked: str, place: int) -> bool:
    """Whether a sentence can begin here; Punkt knows no factorials and cuts before a closing sign."""
    before = place
    while before and (masked[before - 1].isspace() or masked[before - 1] in "\"')]”’"):
        before -= 1
    return not _NO_START.match(masked, place) and not _GOES_ON.match(masked, before - 1)


def _blocks(masked: str) -> Iterator[tuple[int, int]]:
    """The parts that line breaks divide, as (start, end)."""
    starts = sorted({0, *(match.end() for match in _LINE_BREAKS.finditer(masked))})
    yield from zip(starts, (*starts[1:], len(masked)), strict=True)


def _masked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with marks, character for character, where Punkt is to see nothing."""
    parts, place = [], 0
    for start, end in spans:
        stops = _CLOSED_BY_STOP.search(text, start, end) and not _GOES_ON_SMALL.match(text, end)
        parts += [text[place:start], _MASK * (end - start - 1), "." if stops else _MASK]
        place = end
    masked = "".join((*parts, text[place:]))
    masked = _MARKER.sub(lambda match: re.sub(r"[.?!]", _MASK, match[0]), masked)
    return _NEVER.sub(lambda match: match[0].replace(".", _MASK), masked)


def _after_space(text: str, place: int) -> int:
    """The next place that is no whitespace: separators stay with the segment before."""
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _punkt(masked: str) -> Any:
    """Punkt with our parameters; a word that the text also writes small begins a sentence where it is large."""
    from nltk.tokenize.punkt import _ORTHO_MID_LC, PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types.update(MAY_END)
    parameters.sent_starters.update(OPENING_WORDS)
    for word in {*_LOWER_CASE.findall(masked), *OPENING_WORDS}:
        parameters.add_ortho_context(word, _ORTHO_MID_LC)
    return PunktSentenceTokenizer(parameters, lang_vars=_language())


@cache
def _language() -> Any:
    """Keeps its compiled patterns."""
    from nltk.tokenize.punkt import PunktLanguageVars

    return PunktLanguageVars()
