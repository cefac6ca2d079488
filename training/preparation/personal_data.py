"""Personal data: what the detectors find is masked with a placeholder of its type.

Masking can make two documents equal; the later one then goes, and says so. The original text stays in the file
of changed documents alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from training.contract.preparation_settings import PersonalDataConfig
from training.preparation.detectors import DETECTORS, Detector
from training.preparation.finding import Compared, Finding, Reason, RuleName, Span, StageRun
from training.preparation.text import without_formulas
from training.records import Document

SAME_AFTER = "same_after_masking"


@dataclass(frozen=True, slots=True)
class Found:
    """One place that is masked."""

    detector: Detector
    span: Span


def start(documents: Iterable[Document], settings: PersonalDataConfig) -> StageRun:
    chosen = tuple(one for one in DETECTORS if getattr(settings, one.setting))
    rules = [RuleName(one.rule, one.title, one.placeholder) for one in chosen]
    return StageRun((*rules, RuleName(SAME_AFTER, "Equal once masked")), _findings(documents, chosen))


def detect(text: str, detectors: Sequence[Detector] = DETECTORS) -> list[Found]:
    """What is found, by its place; of two that overlap the one whose detector comes first."""
    prose = without_formulas(text)
    taken: list[Found] = []
    for detector in detectors:
        for start, end in detector.find(text, prose):
            if all(end <= one.span[0] or one.span[1] <= start for one in taken):
                taken.append(Found(detector, (start, end)))
    return sorted(taken, key=lambda one: one.span)


def mask(text: str, found: Sequence[Found]) -> str:
    """The text with a placeholder at each place."""
    parts, last = [], 0
    for one in found:
        parts += [text[last : one.span[0]], one.detector.placeholder]
        last = one.span[1]
    return "".join([*parts, text[last:]])


def _findings(documents: Iterable[Document], detectors: Sequence[Detector]) -> Iterator[Finding]:
    seen: dict[bytes, Document] = {}  # digest of a text as it goes on -> the first document with it
    for document in documents:
        found = detect(document.text, detectors)
        text = mask(document.text, found)
        first = seen.setdefault(hashlib.sha256(text.encode()).digest(), document)
        if first is not document:
            yield Finding(document, (_equal(first, found),))
        elif found:
            yield Finding(document, _reasons(found), text)
        else:
            yield Finding(document)


def _reasons(found: Sequence[Found]) -> tuple[Reason, ...]:
    """One reason for each kind."""
    kinds = dict.fromkeys(one.detector for one in found)
    reasons = []
    for kind in kinds:
        marks = tuple(one.span for one in found if one.detector is kind)
        words = f"{len(marks)} masked with {kind.placeholder}."
        reasons.append(Reason(kind.rule, words, marks, facts={"found": len(marks)}))
    return tuple(reasons)


def _equal(first: Document, found: Sequence[Found]) -> Reason:
    return Reason(
        SAME_AFTER,
        f"Once masked it is equal to {first.name}, which stays.",
        tuple(one.span for one in found),
        Compared(first.name, first.text),
        {"of": first.index},
    )
