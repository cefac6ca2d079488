"""Starts to cut a corpus: a job of kind `segments` and its row."""

from __future__ import annotations

from django.db import transaction

from training.contract.errors import ForesightError
from training.contract.settings.segments import SegmentsConfig
from webapp.corpora.model_choices import find_model
from webapp.corpora.models import Corpus
from webapp.corpora.services.arguments import corpus_arguments
from webapp.jobs.services.create import create_job
from webapp.jobs.services.hint import send_launch_hint
from webapp.segments.models import Segmentation


def start_segmentation(corpus: Corpus, settings: SegmentsConfig) -> Segmentation:
    """Queue it.

    Raises:
        ForesightError: the corpus is not ready or holds no documents, or there is no such model.
    """
    if corpus.state != Corpus.State.READY or corpus.holds_conversations:
        raise ForesightError(
            f"{corpus.name} holds no documents that can be cut.",
            field="corpus",
            remedy="Choose a corpus of documents that has passed its check.",
        )
    if settings.splitter == "atomic_steps":
        finding = find_model(settings.splitter_model)
        if finding.error:
            raise ForesightError(finding.error, field="splitter_model")
    with transaction.atomic():
        job = create_job("segments", corpus.owner, "segments/{job}", _arguments(corpus, settings))
        segmentation: Segmentation = Segmentation.objects.create(
            corpus=corpus, job=job, settings=settings.model_dump(mode="json")
        )
        send_launch_hint(job)
    return segmentation


def _arguments(corpus: Corpus, settings: SegmentsConfig) -> list[str]:
    arguments = ["segments", *corpus_arguments(corpus.training_data), "--max-documents", "0"]
    arguments += ["--min-characters", str(settings.min_characters)]
    arguments += ["--max-characters", str(settings.max_characters), "--splitter", settings.splitter]
    if settings.splitter == "atomic_steps":
        arguments += ["--splitter-model", settings.splitter_model]
    return [*arguments, "--out", "{folder}", "--events", "{spool}"]
