"""The built-in problems with answers, on every machine: arithmetic, as a corpus of the owner's."""

from __future__ import annotations

from typing import Any

from training.contract.corpus_files import ARITHMETIC
from webapp.corpora.models import Corpus
from webapp.corpora.services.sample import checked


def ensure_arithmetic(owner: Any) -> Corpus:
    """The owner's corpus of arithmetic, made and checked if it is not there yet."""
    corpus, _ = Corpus.objects.get_or_create(owner=owner, dataset=ARITHMETIC, defaults={"name": ARITHMETIC})
    return checked(corpus)
