"""A corpus on disk, and preparations of it: queued, or run for real in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.http import QueryDict

from training.__main__ import main
from training.contract.stream import read_after, spool_path
from webapp.corpora.models import Corpus
from webapp.corpora.services.check import check_corpus
from webapp.jobs.models import Job, State
from webapp.jobs.services.create import job_folder
from webapp.preparations.draft import Draft, make_draft
from webapp.preparations.fields import AGAINST, default_texts
from webapp.preparations.models import Preparation
from webapp.preparations.projection import project
from webapp.preparations.services.start import start_preparation


def uploaded(owner: Any, file: Path, field: str = "text") -> Corpus:
    """A ready corpus of a file, checked as the site checks it."""
    corpus = Corpus(owner=owner, name=file.stem, original_name=file.name, text_field=field)
    corpus.file.save(f"x/{file.name}", ContentFile(file.read_bytes()), save=False)
    corpus.save()
    check_corpus(corpus.pk)
    corpus.refresh_from_db()
    assert corpus.state == Corpus.State.READY, corpus.error
    return corpus


def draft_of(corpus: Corpus, *sets: Corpus, **texts: str) -> Draft:
    """The form's defaults with some sets and some other texts (`near_duplicates__enabled`)."""
    changed = {name.replace("__", "."): text for name, text in texts.items()}
    against = ", ".join(str(one.pk) for one in sets)
    return make_draft(corpus.owner, corpus, {**default_texts(), AGAINST: against, **changed})


def posted(corpus: Corpus, *sets: Corpus, **texts: str) -> QueryDict:
    """The form as a browser posts it."""
    post = QueryDict(mutable=True)
    post.update(draft_of(corpus, **texts).texts)
    post.setlist(AGAINST, [str(one.pk) for one in sets])
    return post


def prepared(corpus: Corpus, *sets: Corpus, **texts: str) -> Preparation:
    """A preparation that the real command has finished, its events projected."""
    preparation = start_preparation(corpus.owner, draft_of(corpus, *sets, **texts))
    job = preparation.job
    spool = spool_path(job_folder(job), 1)
    names = {"{spool}": str(spool)}
    call = [names.get(one, one).replace("{folder}", str(job_folder(job))) for one in job.arguments]
    assert main(call) == 0
    project(job, 1, list(read_after(spool)))
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED, attempt=1)
    preparation.refresh_from_db()
    return preparation
