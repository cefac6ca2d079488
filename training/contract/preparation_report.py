"""What preparing a corpus found: report.json, written by `python -m training prepare`.

Each stage says how many documents it was given, dropped, changed and passed on, by which rule, and shows some
of them. Every dropped or changed document is in the file of dropped ones, with its whole text and its reasons.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

REPORT_FILE = "report.json"
DOCUMENTS_FILE = "documents.jsonl"
DROPPED_FILE = "dropped.jsonl.zst"
SAMPLES_A_RULE = 20

Action = Literal["dropped", "changed"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class Excerpt(_Record):
    """A part of a text, and the places in it that matter."""

    text: str
    start: int  # of the part in the whole text, characters
    whole: int  # length of the whole text, characters
    marks: tuple[tuple[int, int], ...] = ()  # in `text`, characters, rising, never overlapping


class Sample(_Record):
    """One document that a rule dropped or changed."""

    index: int  # Document.index in the source
    name: str
    rule: str
    reason: str  # a sentence
    excerpt: Excerpt  # of the document as the stage was given it
    other_name: str = ""  # what it was compared with: the earlier document, or the set and its item
    other: Excerpt | None = None


class RuleCount(_Record):
    """What one rule did."""

    rule: str  # a name for programs
    title: str  # for people
    limit: str = ""  # its threshold in words, or ""
    documents: int  # it dropped or changed; a document that breaks several rules counts in each
    found: int = 0  # places, where one document can have several; 0: not counted


class SetCount(_Record):
    """What one evaluation set gave."""

    name: str
    sha256: str  # of its file
    items: int
    compared: int  # with enough words for the n-gram rule
    short: int  # compared as a whole
    too_short: int  # not compared
    leaked_items: int  # found in some document that was dropped
    documents: int  # dropped because of this set


class StageReport(_Record):
    """What one stage did. A stage that was turned off has passed everything on."""

    stage: str
    enabled: bool
    before: int  # documents it was given
    dropped: int = 0
    changed: int = 0
    after: int  # documents it passed on
    seconds: float = 0.0
    rules: tuple[RuleCount, ...] = ()
    sets: tuple[SetCount, ...] = ()
    samples: tuple[Sample, ...] = ()  # at most SAMPLES_A_RULE of each rule
    notes: tuple[str, ...] = ()  # sentences


class SourceReport(_Record):
    """The corpus that was prepared; it stays as it is."""

    corpus: str  # its name
    sha256: str  # of the file
    documents: int
    characters: int
    duplicates: int  # exact duplicates that reading left out
    empty: int  # empty documents that reading left out


class PreparationReport(_Record):
    """The whole preparation: where the text came from, what was done to it, what came out."""

    source: SourceReport
    settings: dict[str, Any]  # PreparationConfig
    settings_sha256: str
    stages: tuple[StageReport, ...]
    documents: int
    characters: int
    sha256: str  # of documents.jsonl
    seconds: float

    @property
    def dropped(self) -> int:
        return self.source.documents - self.documents


def read_report(path: Path) -> PreparationReport:
    """The report in a file that `prepare` wrote."""
    return PreparationReport.model_validate_json(path.read_text(encoding="utf-8"))
