"""The `segments` command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.__main__ import main
from training.contract.boundaries_file import Boundaries, text_sha256, write_boundaries
from training.contract.experiment import dump_yaml, parse_experiment
from training.contract.segments_report import read_document_segments, read_segments_report
from training.contract.stream import read_after

FIRST = "One is odd here. No. Three is odd as well. So $x. Y$ it is. End."
SECOND = "质数有无穷多个，这是定理。证毕。"


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    file = tmp_path / "corpus.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in (FIRST, SECOND)))
    return file


def test_segments_writes_boundaries_counts_and_events(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, spool = tmp_path / "out", tmp_path / "events.1.jsonl"
    assert main(["segments", "--corpus", str(corpus), "--out", str(out), "--events", str(spool)]) == 0
    assert capsys.readouterr().out.startswith(
        "7 segments of 2 documents; joined, each document is there byte for byte\n2 (28.6%) may be predicted\n"
        "4 (57.1%) begin or end a document; 1 (14.3%) are shorter than 12 characters, 0 (0.0%) longer than 1200\n"
        "median 13 characters, longest 21; "
    )
    report = read_segments_report(out)
    assert (report.documents, report.segments, report.targets, report.edges) == (2, 7, 2, 4)
    assert (report.too_short, report.too_long) == (1, 0)
    assert report.histogram == (3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    first, second, none = read_document_segments(out, [0, 1, 2])
    assert first and second and none is None
    assert (first.document, first.sha256, first.ends) == (0, text_sha256(FIRST), (17, 21, 43, 60, 64))
    assert second.ends == (39, 48)
    types = [line.event.type for line in read_after(spool)]
    assert types == ["stage", "progress", "stage", "finished"]


def test_segments_of_an_experiment_take_its_settings_and_the_options_go_before(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.json"
    write_boundaries(own, Boundaries(documents={text_sha256(FIRST): (43, 64)}))
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(
        dump_yaml(
            parse_experiment(
                {
                    "data": {"corpus": str(corpus)},
                    "method": {"kind": "rlpt"},
                    "segments": {"min_characters": 1, "boundaries": str(own)},
                }
            )
        )
    )
    arguments = ["segments", "--config", str(experiment), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--min-characters", "3"]) == 0
    assert "1 documents with boundaries set by a person" in capsys.readouterr().out
    report = read_segments_report(tmp_path / "out")
    assert (report.segments, report.adjusted, report.min_characters) == (4, 1, 3)


def test_segments_without_a_corpus_or_with_a_bad_setting_is_one_line(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segments", "--out", str(tmp_path)]) == 2
    assert (
        capsys.readouterr().err
        == "error: data.corpus: There is no corpus to cut. Give --corpus or --config.\n"
    )
    arguments = ["segments", "--corpus", str(corpus), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--min-characters", "0"]) == 2
    assert "segments.min_characters" in capsys.readouterr().err
