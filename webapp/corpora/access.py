"""The way a view gets a corpus or a scan: by its owner. Another user's does not exist."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from webapp.corpora.models import Corpus, Scan


def own_corpus(user: Any, pk: int) -> Corpus:
    """The user's corpus. Raises Http404."""
    corpus: Corpus = get_object_or_404(Corpus.objects.owned_by(user), pk=pk)
    return corpus


def own_scan(user: Any, pk: int) -> Scan:
    """The user's scan with its job and corpus. Raises Http404."""
    scan: Scan = get_object_or_404(Scan.objects.owned_by(user).with_job(), pk=pk)
    return scan
