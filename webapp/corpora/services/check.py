"""Checks a corpus: `python -m training documents` reads it, its report or its error is kept.

Reading happens in another process, so that the web side loads nothing heavy. One check of a corpus
runs at a time; a second call returns at once.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from training.contract.corpus_report import CorpusReport
from webapp.corpora.models import Corpus
from webapp.corpora.services.arguments import corpus_arguments, kind_arguments

WAIT_FOR_WORKER = timedelta(seconds=5)
_TIME_LIMIT = 540  # seconds; below Celery's own limit, so that the reason is kept
_BAD_INPUT = 2  # exit code of `python -m training` for input at fault


def check_corpus(corpus_id: int) -> None:
    """Read the corpus into its folder and set it `ready` or `invalid`. Does nothing in other states."""
    corpus = Corpus.objects.filter(pk=corpus_id, state=Corpus.State.CHECKING).first()
    if corpus is None:
        return
    folder = Path(settings.HOME) / corpus.folder
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / "check.lock") as mine:
        if mine and Corpus.objects.filter(pk=corpus_id, state=Corpus.State.CHECKING).exists():
            _check(corpus, folder)


def check_if_waiting(corpus: Corpus) -> None:
    """Do the check here when no worker has taken it for a while, then read the row again."""
    if corpus.state == Corpus.State.CHECKING and timezone.now() - corpus.checking_since > WAIT_FOR_WORKER:
        check_corpus(corpus.pk)
        corpus.refresh_from_db()


def _check(corpus: Corpus, folder: Path) -> None:
    command = [sys.executable, "-m", "training", "documents", "--out", str(folder)]
    command += corpus_arguments(corpus.source_data)
    if corpus.holds_conversations:
        command += kind_arguments(corpus.kind, corpus.message_fields)
    environment = {**os.environ, "FORESIGHT_HOME": str(settings.HOME)}
    try:
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _refuse(
            corpus,
            f"Reading it took longer than {_TIME_LIMIT // 60} minutes.",
            "Split it into smaller files.",
        )
        return
    if done.returncode == 0:
        report = CorpusReport.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))
        _settle(corpus, state=Corpus.State.READY, error={}, report=report.model_dump(mode="json"))
    elif done.returncode == _BAD_INPUT:
        _refuse(corpus, *error_parts(done.stderr))
    else:
        lines = done.stderr.strip().splitlines()
        _refuse(
            corpus,
            f"The check ended with code {done.returncode}.",
            "Check it again; if it fails once more, the log's last lines say why.",
            lines[-20:],
        )


def error_parts(stderr: str) -> tuple[str, str]:
    """(message, remedy) of the `error: ...` line that a training command ends with."""
    said = [line for line in stderr.splitlines() if line.startswith("error: ")]
    sentence = said[-1].removeprefix("error: ").removeprefix("data.corpus: ") if said else stderr.strip()
    # ForesightError puts the remedy after the message: it is the last sentence.
    message, dot, remedy = sentence.rstrip().rpartition(". ")
    return (f"{message}.", remedy) if dot else (sentence, "")


def _refuse(corpus: Corpus, message: str, remedy: str, log: list[str] | None = None) -> None:
    error: dict[str, object] = {"message": message, "remedy": remedy}
    if log:
        error["log"] = log
    _settle(corpus, state=Corpus.State.INVALID, error=error, report={})


def _settle(corpus: Corpus, **fields: object) -> None:
    """Compare-and-swap: a check that was overtaken by a new one changes nothing."""
    Corpus.objects.filter(
        pk=corpus.pk, state=Corpus.State.CHECKING, checking_since=corpus.checking_since
    ).update(**fields)


@contextmanager
def _only_one(path: Path) -> Iterator[bool]:
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
