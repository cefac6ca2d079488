"""Writes the documents of a corpus where pages can read one of them without reading all.

`documents.jsonl` holds one document a line, `documents.index.json` the list with the byte offset
of each line, `report.json` the corpus report. The report is written last: where it is, the rest is.
"""

from __future__ import annotations

import json
from pathlib import Path

from training.contract.corpus_report import DocumentSummary
from training.corpus.reader import CorpusRead
from training.records import Document

DOCUMENTS_FILE = "documents.jsonl"
INDEX_FILE = "documents.index.json"
REPORT_FILE = "report.json"
_START_CHARACTERS = 160


def write_documents(read: CorpusRead, out: Path) -> None:
    """Write the three files into the folder `out`, which is made if missing."""
    out.mkdir(parents=True, exist_ok=True)
    index: list[dict[str, object]] = []
    offset = 0
    with open(out / DOCUMENTS_FILE, "wb") as file:
        for document in read.documents:
            row = {"index": document.index, "name": document.name, "text": document.text}
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            index.append({**summarise(document).model_dump(), "offset": offset})
            file.write(line)
            offset += len(line)
    (out / INDEX_FILE).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    (out / REPORT_FILE).write_text(read.report.model_dump_json(indent=1), encoding="utf-8")


def summarise(document: Document) -> DocumentSummary:
    """The document's line in a list; white space in its start is shown as single spaces."""
    return DocumentSummary(
        index=document.index,
        name=document.name,
        characters=len(document.text),
        bytes=len(document.text.encode()),
        start=" ".join(document.text[: 2 * _START_CHARACTERS].split())[:_START_CHARACTERS],
    )
