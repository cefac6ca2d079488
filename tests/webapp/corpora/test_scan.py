"""Scans: the command a scan becomes, what its events bring, and what is shown of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus, made_scan, write_positions
from training.contract.errors import ForesightError
from training.contract.events import Envelope, Progress, ScanFinished
from training.contract.settings.text import PositionsConfig
from webapp.corpora.models import Corpus, Scan
from webapp.corpora.projection import project, snapshot
from webapp.corpora.services.remap import remap
from webapp.corpora.services.scan import start_scan
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder


def test_start_scan_queues_the_score_command(home: Path, user: Any) -> None:
    corpus = made_corpus(home, user)
    scan = start_scan(corpus, "smollm2-135m-instruct", PositionsConfig(), 3)
    assert (scan.job.kind, scan.job.state, scan.job.folder) == ("scan", "queued", f"scans/{scan.job.pk}")
    assert scan.job.arguments[:5] == [
        "score", "--model", "smollm2-135m-instruct", "--corpus", corpus.training_source,
    ]  # fmt: skip
    said = dict(zip(scan.job.arguments[1::2], scan.job.arguments[2::2], strict=True))
    assert said["--out"] == "{folder}/positions.parquet"
    assert said["--events"] == "{spool}"
    assert (said["--max-documents"], said["--threshold"], said["--min-context"]) == ("3", "0.5", "16")


def test_start_scan_unknown_model_is_refused(home: Path, user: Any) -> None:
    with pytest.raises(ForesightError, match="There is no model 'nowhere'"):
        start_scan(made_corpus(home, user), "nowhere", PositionsConfig())
    assert Job.objects.count() == 0


def test_scan_form_takes_any_top_k_and_windows(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    form = {
        "model": "smollm2-135m-instruct",
        "entropy": "raw",
        "top_k": "32",
        "window": "512",
        "window_overlap": "64",
    }
    assert client_signed_in.post(f"/corpora/{corpus.pk}/scan/", form).status_code == 302
    found = Scan.objects.get().settings
    assert (found["entropy"], found["top_k"], found["window"], found["window_overlap"]) == (
        "raw",
        32,
        512,
        64,
    )
    assert found["min_context"] == 16  # was left empty


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("top_k", "65", "less than or equal to 64"),
        ("window_overlap", "1024", "window"),
        ("window", "x", "whole number"),
    ],
)
def test_scan_form_with_a_bad_number_says_so_beside_it(
    home: Path, user: Any, client_signed_in: Client, name: str, value: str, said: str
) -> None:
    corpus = made_corpus(home, user)
    form = {"model": "smollm2-135m-instruct", "entropy": "full", name: value}
    answer = client_signed_in.post(f"/corpora/{corpus.pk}/scan/", form)
    assert answer.status_code == 422
    error = answer.content.decode().split(f'id="id_{name}-error"')[1].split("</p>")[0]
    assert said in error
    assert Scan.objects.count() == 0


def test_scan_at_work_is_cancelled(home: Path, user: Any, client_signed_in: Client) -> None:
    scan = start_scan(made_corpus(home, user), "smollm2-135m-instruct", PositionsConfig())
    assert client_signed_in.post(f"/corpora/scans/{scan.pk}/cancel/").status_code == 302
    assert Job.objects.get().state == "cancelled"


def test_scan_form_with_error_keeps_what_was_typed(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    answer = client_signed_in.post(
        f"/corpora/{corpus.pk}/scan/", {"model": "nowhere", "max_documents": "7", "entropy": "raw"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no model" in page
    assert 'value="nowhere"' in page and 'value="7"' in page


def test_project_progress_then_finish_fills_the_row(home: Path, user: Any) -> None:
    scan = start_scan(made_corpus(home, user), "smollm2-135m-instruct", PositionsConfig())
    progress = Progress(stage="positions", done=3, total=5, unit="positions")
    project(scan.job, 1, [Envelope(seq=1, time=1.0, event=progress)])
    assert snapshot(scan.job) == {
        "scan": scan.pk, "done": 3, "total": 5, "unit": "positions", "finished": False,
    }  # fmt: skip
    write_positions(job_folder(scan.job) / "positions.parquet")
    finished = ScanFinished(file="positions.parquet", documents=1, positions=5, kept=2, tokens_per_second=3.0)
    project(scan.job, 1, [Envelope(seq=2, time=2.0, event=finished)])
    scan.refresh_from_db()
    assert scan.positions_file == str(job_folder(scan.job) / "positions.parquet")
    assert (scan.summary["positions"], scan.summary["highest_entropy"]) == (5, 2.25)


def test_project_of_deleted_scan_changes_nothing(home: Path, user: Any) -> None:
    scan = start_scan(made_corpus(home, user), "smollm2-135m-instruct", PositionsConfig())
    job = scan.job
    scan.delete()
    project(job, 1, [Envelope(seq=1, time=1.0, event=Progress(stage="positions", done=1, total=2, unit="x"))])
    assert snapshot(job) is None


def test_remap_to_other_fields_removes_scans_and_stops_running_ones(home: Path, user: Any) -> None:
    corpus = made_corpus(home, user)
    finished = made_scan(home, corpus)
    running = start_scan(corpus, "smollm2-135m-instruct", PositionsConfig())
    remap(corpus, "body", [])
    assert Scan.objects.count() == 0
    assert not Job.objects.filter(pk=finished.job_id).exists()
    assert Job.objects.get(pk=running.job_id).state == "cancelled"
    assert (corpus.state, corpus.text_field) == (Corpus.State.CHECKING, "body")


def test_remap_to_same_fields_keeps_scans(home: Path, user: Any) -> None:
    corpus = made_corpus(home, user)
    scan = made_scan(home, corpus)
    remap(corpus, "text", [])
    assert Scan.objects.get() == scan
