"""Removes a corpus with its file, documents and scans."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from training.contract.errors import ForesightError
from webapp.corpora.models import Corpus
from webapp.corpora.services.remap import remove_scans


def delete_corpus(corpus: Corpus) -> None:
    """Delete it. Raises ForesightError when an experiment uses it: its runs would lose their source."""
    used = corpus.experiments.count()
    if used:
        raise ForesightError(
            f"{corpus.name} is used by {used} experiment{'s' if used > 1 else ''}, so it stays.",
            remedy="Keep it, or upload the new file as another corpus.",
        )
    folder = Path(settings.HOME) / corpus.folder
    file = corpus.file
    with transaction.atomic():
        remove_scans(corpus)
        corpus.delete()
    if file:
        file.delete(save=False)
    shutil.rmtree(folder, ignore_errors=True)
