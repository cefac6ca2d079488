"""Makes a corpus of what a preparation wrote; it is checked as every corpus is."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from training.contract.preparation_report import DOCUMENTS_FILE
from webapp.corpora.models import Corpus
from webapp.corpora.services.request_check import request_check
from webapp.corpora.services.upload import safe_name
from webapp.jobs.services.create import job_folder
from webapp.preparations.models import Preparation

_SUFFIX = " prepared"


def publish(preparation: Preparation) -> Corpus:
    """The new corpus, its check asked for. Its file is the job's own, by a second name."""
    name = preparation.corpus_name[: 120 - len(_SUFFIX)] + _SUFFIX
    file = safe_name(f"{name}.jsonl")
    corpus = Corpus(owner=preparation.owner, name=name, original_name=file, text_field="text")
    storage = corpus.file.storage
    corpus.file.name = corpus.file.field.generate_filename(corpus, f"{secrets.token_hex(6)}/{file}")
    _link(job_folder(preparation.job) / DOCUMENTS_FILE, Path(storage.path(corpus.file.name)))
    request_check(corpus)  # saves it
    return corpus


def _link(source: Path, target: Path) -> None:
    """Not a copy where it can be helped: this happens while a transaction is open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
