"""Ends what cuts a corpus."""

from __future__ import annotations

from webapp.corpora.models import Corpus
from webapp.jobs.services.cancel import request_cancel


def cancel_segmentations(corpus: Corpus) -> bool:
    """Returns False where nothing was at work. A cut that is finished stays."""
    ended = [request_cancel(one.job) for one in corpus.segmentations.select_related("job")]
    return any(ended)
