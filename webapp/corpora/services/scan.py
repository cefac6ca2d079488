"""Starts an entropy scan of a corpus: a job of kind `scan` and its row."""

from __future__ import annotations

from django.db import transaction

from training.contract.errors import ForesightError
from training.contract.positions_file import POSITIONS_FILE
from training.contract.settings.text import PositionsConfig
from webapp.corpora.model_choices import find_model
from webapp.corpora.models import Corpus, Scan
from webapp.corpora.services.arguments import corpus_arguments
from webapp.jobs.services.create import create_job
from webapp.jobs.services.hint import send_launch_hint


def start_scan(corpus: Corpus, model: str, positions: PositionsConfig, max_documents: int = 0) -> Scan:
    """Queue a scan of the first `max_documents` documents (0: all) by `model`.

    Raises:
        ForesightError: the corpus is not ready or holds no documents, or there is no such model.
    """
    if corpus.state != Corpus.State.READY:
        raise ForesightError(
            f"{corpus.name} has not passed its check.",
            field="corpus",
            remedy="Wait for it, or correct the file.",
        )
    if corpus.holds_conversations:
        raise ForesightError(
            f"{corpus.name} holds conversations, which have no positions to score.",
            field="corpus",
            remedy="Scan a corpus of documents.",
        )
    finding = find_model(model)
    if finding.error:
        raise ForesightError(finding.error, field="model")
    with transaction.atomic():
        job = create_job(
            "scan", corpus.owner, "scans/{job}", scan_arguments(corpus, model, positions, max_documents)
        )
        scan: Scan = Scan.objects.create(
            corpus=corpus,
            job=job,
            model=model,
            max_documents=max_documents,
            settings=positions.model_dump(mode="json"),
        )
        send_launch_hint(job)
    return scan


def scan_arguments(corpus: Corpus, model: str, positions: PositionsConfig, max_documents: int) -> list[str]:
    """The arguments of `python -m training` for the scan."""
    arguments = ["score", "--model", model, *corpus_arguments(corpus.training_data)]
    arguments += ["--out", f"{{folder}}/{POSITIONS_FILE}", "--events", "{spool}"]
    arguments += ["--max-documents", str(max_documents)]
    arguments += ["--entropy", positions.entropy, "--top-k", str(positions.top_k)]
    arguments += ["--threshold", str(positions.threshold), "--min-context", str(positions.min_context)]
    return [*arguments, "--window", str(positions.window), "--window-overlap", str(positions.window_overlap)]
