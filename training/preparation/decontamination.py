"""Decontamination: a document that holds text of an evaluation item goes, with set, item and words named.

A leak is 13 words in a row that both hold, as for GPT-3 (arXiv 2005.14165, appendix C). As there, words that stand
in many documents are a phrase and no leak; but a document with half of an item or more is one whatever the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from training.contract.preparation_report import SetCount
from training.contract.preparation_settings import DecontaminationConfig
from training.preparation.evaluation_sets import Items
from training.preparation.finding import Compared, Finding, Reason, RuleName, StageRun
from training.preparation.overlap import Hit, Key, OverlapIndex, spans
from training.preparation.text import strict_words
from training.records import Document

NGRAM = "shared_words"
WHOLE = "whole_item"
_MOST_OF_AN_ITEM = 0.5
_NAMED = 10  # phrases that the report names
_QUOTED = 160  # characters of the shared words in a sentence


def start(documents: Iterable[Document], settings: DecontaminationConfig, sets: Sequence[Items]) -> StageRun:
    size = settings.ngram_words
    rules = (
        RuleName(NGRAM, "Words of an item", f"{size} words in a row"),
        RuleName(WHOLE, "A whole short item", f"items of {settings.shortest_item} to {size - 1} words"),
    )
    run = StageRun(rules, iter(()))
    run.findings = _findings(documents, settings, sets, run)
    return run


def _findings(
    documents: Iterable[Document], settings: DecontaminationConfig, sets: Sequence[Items], run: StageRun
) -> Iterator[Finding]:
    index = OverlapIndex(sets, settings.ngram_words, settings.shortest_item)
    given: list[Document] = []
    hits: dict[int, list[Hit]] = {}  # by the document's place
    standing: Counter[Key] = Counter()  # shared words -> documents they stand in
    for place, document in enumerate(documents):
        given.append(document)
        if found := index.hits(strict_words(document.text)):
            hits[place] = found
            standing.update({key for hit in found for key, _, _ in hit.runs})
    most = settings.template_documents
    phrases = {key for key, count in standing.items() if most and count > most}
    leaks = {
        place: leaked
        for place, found in hits.items()
        if (leaked := [hit for hit in found if _is_leak(hit, index, phrases)])
    }
    for place, document in enumerate(given):
        reasons = [_reason(document, hit, index, sets) for hit in leaks.get(place, ())]
        yield Finding(document, tuple(reasons))
    run.sets += _counts(sets, leaks.values(), settings)
    run.notes += _notes(sets, phrases, standing, len(hits) - len(leaks))


def _is_leak(hit: Hit, index: OverlapIndex, phrases: set[Key]) -> bool:
    if any(key not in phrases for key, _, _ in hit.runs):
        return True
    return not index.is_short(hit) and index.covered(hit) >= _MOST_OF_AN_ITEM


def _reason(document: Document, hit: Hit, index: OverlapIndex, sets: Sequence[Items]) -> Reason:
    item, name = index.item(hit), sets[hit.set_number].name
    marks = spans(strict_words(document.text), ((at, len(key)) for key, at, _ in hit.runs))
    start, end = max(marks, key=lambda span: span[1] - span[0])
    shared = " ".join(document.text[start:end].split())
    quoted = shared if len(shared) <= _QUOTED else f"{shared[:_QUOTED]}…"
    short, covered = index.is_short(hit), index.covered(hit)
    where = f"{name}, {item.place}: “{quoted}”"
    words = (
        f"Holds the whole of {where}." if short else f"Shares {100 * covered:.0f} % of the words of {where}."
    )
    return Reason(
        WHOLE if short else NGRAM,
        words,
        marks,
        Compared(
            f"{name}, {item.place}", item.text, spans(item.words, ((at, len(key)) for key, _, at in hit.runs))
        ),
        {"set": name, "item": item.place, "shared": shared, "covered": round(covered, 4)},
    )


def _counts(
    sets: Sequence[Items], leaks: Iterable[Sequence[Hit]], settings: DecontaminationConfig
) -> Iterator[SetCount]:
    found = list(leaks)
    for number, one in enumerate(sets):
        lengths = [len(item.words) for item in one.items]
        hits = [[hit.item_number for hit in leaked if hit.set_number == number] for leaked in found]
        yield SetCount(
            name=one.name,
            sha256=one.sha256,
            items=len(lengths),
            compared=sum(length >= settings.ngram_words for length in lengths),
            short=sum(settings.shortest_item <= length < settings.ngram_words for length in lengths),
            too_short=sum(length < settings.shortest_item for length in lengths),
            leaked_items=len({item for items in hits for item in items}),
            documents=sum(bool(items) for items in hits),
        )


def _notes(sets: Sequence[Items], phrases: set[Key], standing: Counter[Key], spared: int) -> Iterator[str]:
    if not sets:
        yield "No evaluation set was chosen: nothing was compared."
    if spared:
        yield f"{spared} more share nothing with an item but phrases, and stay."
    named: list[Key] = []
    for key in sorted(phrases, key=lambda key: (-standing[key], key)):
        if len(named) < _NAMED and all(len(set(key) & set(other)) < len(key) - 2 for other in named):
            named.append(key)
            yield f"A phrase, in {standing[key]} documents: “{' '.join(key)}”."
