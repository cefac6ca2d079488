"""Changes the boundaries of a document: joins two segments, splits one, takes changes back.

Each change is a row with all boundaries after it, so that the last one can be undone. A change made
on a page that is out of date is refused: it would hit another segment than the one that was seen.
"""

from __future__ import annotations

from django.db import transaction

from training.contract.errors import ForesightError
from webapp.corpora.models import Corpus
from webapp.segments.cuts import DocumentCut, fits
from webapp.segments.models import Adjustment

MOST_CHANGES = 200
"""Of a document that can be undone; older ones are forgotten."""


def join(corpus: Corpus, cut: DocumentCut, revision: int, first: int) -> None:
    """Join segment `first` with the one after it. Raises ForesightError."""
    if not 0 <= first < len(cut.ends) - 1:
        raise _no_such_segment()
    _change(corpus, cut, revision, (*cut.ends[:first], *cut.ends[first + 1 :]))


def split(corpus: Corpus, cut: DocumentCut, revision: int, index: int, characters: int) -> None:
    """Split segment `index` after so many of its characters. Raises ForesightError."""
    if not 0 <= index < len(cut.ends):
        raise _no_such_segment()
    start = cut.ends[index - 1] if index else 0
    text = cut.document.text.encode()[start : cut.ends[index]].decode()
    if not text[:characters].strip() or not text[characters:].strip():
        raise ForesightError(
            "Both parts of a segment must hold some text.", field="characters", remedy="Split it at a word."
        )
    end = start + len(text[:characters].encode())
    _change(corpus, cut, revision, tuple(sorted({*cut.ends, end})))


def undo(corpus: Corpus, cut: DocumentCut, revision: int) -> None:
    """Take the last change back. Raises ForesightError."""
    _check(cut, revision)
    Adjustment.objects.filter(corpus=corpus, sha256=cut.sha256, pk=cut.revision).delete()


def reset(corpus: Corpus, cut: DocumentCut) -> None:
    """Take all changes of the document back."""
    Adjustment.objects.filter(corpus=corpus, sha256=cut.sha256).delete()


def _change(corpus: Corpus, cut: DocumentCut, revision: int, ends: tuple[int, ...]) -> None:
    _check(cut, revision)
    if not fits(cut.document, ends):
        raise _no_such_segment()
    with transaction.atomic():
        Adjustment.objects.create(
            corpus=corpus, document=cut.document.index, sha256=cut.sha256, ends=list(ends)
        )
        of_text = Adjustment.objects.filter(corpus=corpus, sha256=cut.sha256).order_by("-pk")
        old = list(of_text.values_list("pk", flat=True)[MOST_CHANGES:])
        Adjustment.objects.filter(pk__in=old).delete()


def _check(cut: DocumentCut, revision: int) -> None:
    if revision != cut.revision:
        raise ForesightError(
            "The boundaries were changed elsewhere meanwhile.",
            field="revision",
            remedy="Look at them as they are now, then go on.",
        )


def _no_such_segment() -> ForesightError:
    return ForesightError(
        "There is no such segment.", field="segment", remedy="Look at the boundaries as they are now."
    )
