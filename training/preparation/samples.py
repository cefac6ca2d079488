"""Parts of documents for the report: around what was found, or where two texts differ."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from training.contract.preparation_report import Excerpt, Sample
from training.preparation.finding import Finding, Reason, Span

_LENGTH = 480  # characters of an excerpt
_BEFORE = 120  # of them before the first mark
_DIFFERED = 600  # words of each text that are laid side by side
_WORD = re.compile(r"\s*\S+")


def make_sample(finding: Finding, reason: Reason) -> Sample:
    """The sample of one reason of a finding."""
    marks, other = reason.marks, reason.other
    shown = None
    if other is not None:
        theirs = other.marks
        if not marks and not theirs:
            marks, theirs = differences(finding.document.text, other.text)
        shown = excerpt(other.text, theirs)
    return Sample(
        index=finding.document.index,
        name=finding.document.name,
        rule=reason.rule,
        reason=reason.words,
        excerpt=excerpt(finding.document.text, marks),
        other_name=other.name if other else "",
        other=shown,
    )


def excerpt(text: str, marks: tuple[Span, ...] = ()) -> Excerpt:
    """The text around the first mark, or its start; marks are cut to it."""
    start = max(0, min(marks[0][0] - _BEFORE, len(text) - _LENGTH)) if marks else 0
    part = text[start : start + _LENGTH]
    within = ((max(0, a - start), min(b - start, len(part))) for a, b in marks)
    return Excerpt(text=part, start=start, whole=len(text), marks=tuple((a, b) for a, b in within if a < b))


def differences(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where two texts differ, word by word, in each; only their first words are compared."""
    mine, theirs = _words(one), _words(other)
    words = [one[a:b].strip() for a, b in mine], [other[a:b].strip() for a, b in theirs]
    left: list[Span] = []
    right: list[Span] = []
    for kind, a, b, c, d in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if kind != "equal":
            left += [_trimmed(one, mine[a][0], mine[b - 1][1])] if a < b else []
            right += [_trimmed(other, theirs[c][0], theirs[d - 1][1])] if c < d else []
    return tuple(left), tuple(right)


def _words(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _WORD.finditer(text):
        found.append(match.span())
        if len(found) == _DIFFERED:
            break
    return found


def _trimmed(text: str, start: int, end: int) -> Span:
    """Without the white space it begins with."""
    return start + len(text[start:end]) - len(text[start:end].lstrip()), end
