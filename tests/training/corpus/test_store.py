"""The files a page reads documents from."""

from __future__ import annotations

import json
from pathlib import Path

from training.contract.corpus_report import CorpusReport, DocumentSummary
from training.contract.settings.text import DataConfig
from training.corpus.reader import read_documents
from training.corpus.store import write_documents


def test_each_offset_of_the_index_is_where_its_document_starts(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "é one\\n  two"}\n{"text": "🙂"}\n', encoding="utf-8")
    read = read_documents(source, DataConfig())
    write_documents(read, tmp_path / "out")
    data = (tmp_path / "out/documents.jsonl").read_bytes()
    index = json.loads((tmp_path / "out/documents.index.json").read_text(encoding="utf-8"))
    rows = [json.loads(data[entry["offset"] :].split(b"\n", 1)[0]) for entry in index]
    assert rows == [
        {"index": 0, "name": "document 0", "text": "é one\n  two"},
        {"index": 1, "name": "document 1", "text": "🙂"},
    ]
    assert DocumentSummary.model_validate(index[0]) == DocumentSummary(
        index=0, name="document 0", characters=11, bytes=12, start="é one two"
    )
    report = CorpusReport.model_validate_json((tmp_path / "out/report.json").read_bytes())
    assert report == read.report
