"""Where a rollout's texts hold what was searched for: short cuts of them, with the words marked. Reads files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from training.contract.errors import ForesightError
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.runs.models import RolloutGroup, Run
from webapp.trajectories.group import load_group
from webapp.trajectories.index.words import Term, terms_of, words_of
from webapp.trajectories.models import IndexedRollout

AROUND = 50
"""Characters on each side of what was found."""
_GAP = r"[\W_]*"  # between the words of a phrase, as the index leaves it out


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A cut of one text: what was found with what stands around it."""

    part: str  # context, truth, prediction or response
    before: str
    found: str
    after: str


def excerpts(run: Run, rows: Sequence[IndexedRollout], query: str, where: str) -> dict[int, Excerpt]:
    """The first place of each rollout that holds one of the query's terms, by the rollout's key.

    A rollout whose file cannot be read has none.
    """
    terms = terms_of(query)
    records: dict[int, GroupRecord | None] = {}
    found: dict[int, Excerpt] = {}
    for row in rows:
        group = row.rollout.group
        if group.pk not in records:
            records[group.pk] = _record(run, group)
        record = records[group.pk]
        cut = None if record is None else _excerpt(record, row.rollout.sample, terms, where)
        if cut is not None:
            found[row.pk] = cut
    return found


def _record(run: Run, group: RolloutGroup) -> GroupRecord | None:
    try:
        return load_group(run, group)
    except ForesightError:
        return None


def _excerpt(record: GroupRecord, sample: int, terms: Sequence[Term], where: str) -> Excerpt | None:
    rollout = next((one for one in record.rollouts if one.sample == sample), None)
    texts = _texts(record, rollout)
    for part in (where,) if where else ("response", "prediction", "truth", "context"):
        for term in terms:
            place = _expression(term).search(texts[part])
            if place and words_of(place.group()):
                return _cut(part, texts[part], place.start(), place.end())
    return None


def _texts(record: GroupRecord, rollout: RolloutRecord | None) -> dict[str, str]:
    return {
        "context": record.context,
        "truth": record.truth,
        "prediction": (rollout.prediction or "") if rollout else "",
        "response": rollout.response if rollout else "",
    }


def _expression(term: Term) -> re.Pattern[str]:
    """Finds the term as it is usually written; a word in an unusual form of Unicode is found and not shown."""
    end = "" if term.prefix or _joined(term.words[-1]) else r"(?![^\W_])"
    begin = "" if _joined(term.words[0]) else r"(?<![^\W_])"
    return re.compile(begin + _GAP.join(map(re.escape, term.words)) + end, re.IGNORECASE)


def _joined(word: str) -> bool:
    """Whether the word stands without gaps among others: Chinese, Japanese, Korean characters do."""
    return len(word) == 1 and ord(word) >= 0x3040


def _cut(part: str, text: str, start: int, end: int) -> Excerpt:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return Excerpt(
        part,
        ("…" if start > AROUND else "") + before,
        text[start:end],
        after + ("…" if end + AROUND < len(text) else ""),
    )
