"""What a stage says of one document: it stays, is changed, or goes, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from training.contract.preparation_report import SetCount
from training.records import Document

Span = tuple[int, int]
"""Where something stands in a text: characters, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The text that a document was compared with."""

    name: str
    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that a document fell under."""

    rule: str
    words: str  # a sentence
    marks: tuple[Span, ...] = ()  # in the document's text as the stage was given it
    other: Compared | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # for programs: the similarity, the set and its item


@dataclass(frozen=True, slots=True)
class Finding:
    """What becomes of one document. Without a reason it goes on as it came."""

    document: Document  # as it was given
    reasons: tuple[Reason, ...] = ()
    text: str | None = None  # its new text, when it was changed

    @property
    def dropped(self) -> bool:
        return bool(self.reasons) and self.text is None

    @property
    def changed(self) -> bool:
        return self.text is not None


@dataclass(frozen=True, slots=True)
class RuleName:
    """A rule as the report names it, in the order in which it stands there."""

    rule: str
    title: str
    limit: str = ""  # its threshold in words


@dataclass(slots=True)
class StageRun:
    """One stage at work on one corpus; `sets` and `notes` are whole once all findings were taken."""

    rules: tuple[RuleName, ...]
    findings: Iterator[Finding]  # one for each document, in their order
    sets: list[SetCount] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # sentences for the report
