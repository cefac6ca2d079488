"""`score`: a corpus in, a scan and its events out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.training.tiny import make_tiny_model
from training.__main__ import main
from training.contract.events import Event, Failed, Progress, ScanFinished, StageChanged
from training.contract.positions_file import count_kept, read_document_positions, read_summary
from training.contract.settings.text import PositionsConfig
from training.contract.stream import read_after


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text("the name of the value is the name of a list 🙂 " * 20, encoding="utf-8")
    return path


@pytest.fixture
def call(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    model = make_tiny_model(tmp_path / "tiny")
    return [
        "score", "--model", str(model), "--corpus", str(corpus), "--out", str(tmp_path / "job/positions.parquet"),
        "--events", str(tmp_path / "job/events.1.jsonl"), "--window", "64", "--window-overlap", "16",
    ]  # fmt: skip


def _events(tmp_path: Path) -> list[Event]:
    return [envelope.event for envelope in read_after(tmp_path / "job/events.1.jsonl")]


def test_scan_is_written_and_told(call: list[str], tmp_path: Path) -> None:
    assert main([*call, "--threshold", "1.5", "--min-context", "4"]) == 0
    positions = tmp_path / "job/positions.parquet"
    summary = read_summary(positions)
    assert len(read_document_positions(positions, 0)) == summary.positions > 100
    started, *progress, finished, scanned = _events(tmp_path)
    assert isinstance(started, StageChanged)
    assert started.status == "started"
    assert isinstance(progress[-1], Progress)
    assert progress[-1].done == progress[-1].total == summary.positions
    assert isinstance(finished, StageChanged)
    assert finished.status == "finished"
    assert isinstance(scanned, ScanFinished)
    assert scanned.kept == count_kept(positions, PositionsConfig(threshold=1.5, min_context=4))
    assert (scanned.documents, scanned.positions) == (1, summary.positions)


def test_second_scan_is_found_in_the_cache(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(call) == 0
    assert main(call) == 0
    assert "found in the cache" in capsys.readouterr().out


def test_failure_is_told_in_the_spool_and_on_stderr(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*call, "--corpus", str(tmp_path / "none.txt")]) == 2
    (failed,) = _events(tmp_path)
    assert isinstance(failed, Failed)
    assert failed.field == "data.corpus"
    assert capsys.readouterr().err.startswith("error: data.corpus: There is no file")


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("--window-overlap", "64", "positions"),
        ("--top-k", "1", "positions.top_k"),
        ("--entropy", "x", "entropy"),
    ],
)
def test_setting_out_of_bounds_is_refused_by_name(
    call: list[str], option: str, value: str, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*call, option, value]) == 2
    assert field in capsys.readouterr().err


def test_sigterm_ends_a_scan_and_leaves_no_half_of_it(call: list[str], tmp_path: Path, corpus: Path) -> None:
    corpus.write_text("the name of the value is the name of a list " * 40_000, encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "training", *call])
    spool = tmp_path / "job/events.1.jsonl"
    deadline = time.monotonic() + 60
    while not (spool.exists() and b'"progress"' in spool.read_bytes()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    assert list((tmp_path / "home/cache/positions").iterdir()) == []
    assert not (tmp_path / "job/positions.parquet").exists()
