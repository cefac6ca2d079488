"""Starts a preparation of a draft: a job and its row."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from training.contract.errors import ForesightError
from training.contract.preparation import CONFIG_FILE, PreparationConfig, dump_preparation, parse_preparation
from webapp.corpora.models import Corpus
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.preparations.draft import Draft, named_sets
from webapp.preparations.models import Preparation


def check_preparable(corpus: Corpus) -> None:
    """Raises ForesightError for a corpus that cannot be prepared."""
    if corpus.state != Corpus.State.READY:
        raise ForesightError(
            f"{corpus.name} has not passed its check.",
            field="corpus",
            remedy="Wait for it, or correct the file.",
        )
    if corpus.holds_conversations:
        raise ForesightError(
            f"{corpus.name} holds conversations, and only documents can be prepared.",
            field="corpus",
            remedy="Choose a corpus of documents.",
        )


def start_preparation(owner: Any, draft: Draft) -> Preparation:
    """Queue a preparation. Raises ForesightError for a draft with errors or a corpus that cannot be prepared."""
    check_preparable(draft.corpus)
    if draft.config is None or draft.errors:
        name, message = next(iter(draft.errors.items()))
        raise ForesightError(message, field=name)
    arguments = [
        "prepare",
        "--config",
        f"{{folder}}/{CONFIG_FILE}",
        "--out",
        "{folder}",
        "--events",
        "{spool}",
    ]
    with transaction.atomic():
        job = create_job("prepare", owner, "preparations/{job}", arguments)
        preparation: Preparation = Preparation.objects.create(
            owner=owner,
            corpus=draft.corpus,
            corpus_name=draft.corpus.name,
            job=job,
            config=draft.config.model_dump(mode="json"),
        )
        text = dump_preparation(_for_training(draft.config, draft))
        (job_folder(job) / CONFIG_FILE).write_text(text, encoding="utf-8")
        send_launch_hint(job)
    return preparation


def _for_training(config: PreparationConfig, draft: Draft) -> PreparationConfig:
    """The same settings with files in place of the corpora's names."""
    data = config.model_dump(mode="json")
    data["data"] |= {"corpus": draft.corpus.training_source}
    data["decontamination"]["against"] = named_sets(draft.sets, files=True)
    return parse_preparation(data)
