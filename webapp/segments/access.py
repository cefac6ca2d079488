"""The way a view gets how a corpus is cut: by the corpus' owner."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from webapp.corpora.access import own_corpus
from webapp.corpora.documents import DocumentText, read_document
from webapp.corpora.models import Corpus
from webapp.segments.models import Segmentation


def finished_cut(corpus: Corpus) -> Segmentation | None:
    """The newest one whose boundaries can be read."""
    found: Segmentation | None = corpus.segmentations.finished().with_job().first()
    return found


def own_cut(user: Any, pk: int) -> tuple[Corpus, Segmentation]:
    """The user's corpus and its newest finished cut. Raises Http404."""
    corpus = own_corpus(user, pk)
    shown = finished_cut(corpus)
    if shown is None:
        raise Http404("The corpus is not cut into segments yet.")
    return corpus, shown


def own_document(user: Any, pk: int, index: int) -> tuple[Corpus, Segmentation, DocumentText]:
    """The same, and a document of the corpus. Raises Http404."""
    corpus, shown = own_cut(user, pk)
    text = read_document(corpus, index)
    if text is None:
        raise Http404(f"The corpus has no document {index}.")
    return corpus, shown, text
