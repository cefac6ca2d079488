"""The built-in corpora, on every machine: Python's language reference as documents, and as questions."""

from __future__ import annotations

from typing import Any

from webapp.corpora.models import CONVERSATIONS, DOCUMENTS, Corpus
from webapp.corpora.services.check import check_corpus

NAMES: dict[str, str] = {
    DOCUMENTS: "Python language reference",
    CONVERSATIONS: "Questions about Python",
}


def ensure_sample(owner: Any, kind: str = DOCUMENTS) -> Corpus:
    """The owner's sample corpus of this kind, made and checked if it is not there yet."""
    named = {"name": NAMES[kind]}
    corpus, _ = Corpus.objects.get_or_create(owner=owner, kind=kind, file="", dataset="", defaults=named)
    return checked(corpus)


def checked(corpus: Corpus) -> Corpus:
    """A built-in corpus that has passed its check, which is made now if it is not there yet."""
    if corpus.state != Corpus.State.READY:
        Corpus.objects.filter(pk=corpus.pk).update(state=Corpus.State.CHECKING)
        check_corpus(corpus.pk)
        corpus.refresh_from_db()
    return corpus
