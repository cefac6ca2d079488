"""Writes the documents of a corpus where pages can read one of them without reading all.

`documents.jsonl` holds one document a line, `documents.index.json` the list with the byte offset
of each line, `report.json` the corpus report. The report is written last: where it is, the rest is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.contract.corpus_report import CorpusReport, DocumentSummary
from training.corpus.conversations import ConversationsRead
from training.corpus.reader import CorpusRead
from training.records import Document

DOCUMENTS_FILE = "documents.jsonl"
INDEX_FILE = "documents.index.json"
REPORT_FILE = "report.json"
_START_CHARACTERS = 160


def write_documents(read: CorpusRead, out: Path) -> None:
    """Write the three files into the folder `out`, which is made if missing."""
    _write(((document, {}) for document in read.documents), read.report, out)


def write_conversations(read: ConversationsRead, out: Path) -> None:
    """As `write_documents`; a row has the conversation's `messages` beside it as a text."""
    rows = ((one.document, {"messages": list(map(asdict, one.messages))}) for one in read.conversations)
    _write(rows, read.report, out)


def _write(rows: Iterable[tuple[Document, dict[str, Any]]], report: CorpusReport, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    index: list[dict[str, object]] = []
    offset = 0
    with open(out / DOCUMENTS_FILE, "wb") as file:
        for document, more in rows:
            row = {"index": document.index, "name": document.name, "text": document.text, **more}
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            index.append({**summarise(document).model_dump(), "offset": offset})
            file.write(line)
            offset += len(line)
    (out / INDEX_FILE).write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    (out / REPORT_FILE).write_text(report.model_dump_json(indent=1), encoding="utf-8")


def summarise(document: Document) -> DocumentSummary:
    """The document's line in a list; white space in its start is shown as single spaces."""
    return DocumentSummary(
        index=document.index,
        name=document.name,
        characters=len(document.text),
        bytes=len(document.text.encode()),
        start=" ".join(document.text[: 2 * _START_CHARACTERS].split())[:_START_CHARACTERS],
    )
