"""Changes which fields a corpus' text is taken from, and checks it again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from django.db import transaction

from webapp.corpora.models import Corpus
from webapp.corpora.services.request_check import request_check
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.create import job_folder


@transaction.atomic
def remap(
    corpus: Corpus, text_field: str, join_fields: Sequence[str], template: str = "", kind: str = ""
) -> None:
    """Take the text from other fields, or as another kind (empty: as before).

    Scans and cuts go when the fields change: they point into other text.
    """
    kind = kind or corpus.kind
    before = (corpus.text_field, list(corpus.join_fields), corpus.template, corpus.kind)
    changed = before != (text_field, list(join_fields), template, kind)
    if changed:
        remove_scans(corpus)
        corpus.text_field = text_field
        corpus.join_fields = list(join_fields)
        corpus.template = template
        corpus.kind = kind
    request_check(corpus)


def remove_scans(corpus: Corpus) -> None:
    """Forget the corpus' scans and how it was cut; what runs is asked to stop, and keeps its job until it has."""
    for made in (*corpus.scans.select_related("job"), *corpus.segmentations.select_related("job")):
        if request_cancel(made.job):
            made.delete()
        else:
            shutil.rmtree(job_folder(made.job), ignore_errors=True)
            made.job.delete()  # takes the row with it
