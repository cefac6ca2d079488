"""`documents`: a corpus file in, three files out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.__main__ import main


def test_documents_are_written_with_their_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "a.jsonl"
    corpus.write_text('{"q": "1+1?", "a": "2"}\n{"q": "1+1?", "a": "2"}\n', encoding="utf-8")
    out = tmp_path / "out"
    assert main(["documents", "--corpus", str(corpus), "--out", str(out), "--join-fields", "q, a"]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "documents.index.json",
        "documents.jsonl",
        "report.json",
    ]
    assert json.loads((out / "documents.jsonl").read_text(encoding="utf-8"))["text"] == "1+1?\n\n2"
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["used_fields"] == ["q", "a"]
    assert capsys.readouterr().out == "1 documents, 7 characters\n1 exact duplicate was left out.\n"


def test_broken_corpus_is_an_error_that_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "a.jsonl"
    corpus.write_text('{"text": "a"}\n{"text": \n', encoding="utf-8")
    assert main(["documents", "--corpus", str(corpus), "--out", str(tmp_path / "out")]) == 2
    assert "error: data.corpus: a.jsonl, line 2: not valid JSON" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
