"""The built-in corpus: the topics of Python's language reference, on every machine."""

from __future__ import annotations

from typing import Any

from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_corpus

NAME = "Python language reference"


def ensure_sample(owner: Any) -> Corpus:
    """The owner's sample corpus, made and checked if it is not there yet."""
    corpus, _ = Corpus.objects.get_or_create(owner=owner, file="", dataset="", defaults={"name": NAME})
    if corpus.state != Corpus.State.READY:
        Corpus.objects.filter(pk=corpus.pk).update(state=Corpus.State.CHECKING)
        check_corpus(corpus.pk)
        corpus.refresh_from_db()
    return corpus
