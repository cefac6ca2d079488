"""What reading a corpus found: the report a person sees before anything runs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

CorpusKind = Literal["documents", "conversations"]
"""documents: texts to go on with; conversations: messages, the assistant's of which are learnt."""


class DocumentSummary(BaseModel):
    """One line of the documents list."""

    model_config = ConfigDict(frozen=True)

    index: int
    name: str
    characters: int
    bytes: int
    start: str  # the first characters


class CorpusReport(BaseModel):
    """Written as report.json beside documents.jsonl by `python -m training documents`."""

    model_config = ConfigDict(frozen=True)

    kind: CorpusKind = "documents"
    format: str  # txt, md, jsonl, csv, parquet, sample or hub
    compression: str = ""  # gzip or zstd; "" for none
    sha256: str  # of the file as uploaded; for `sample` of the text; for `hub` of name, revision and split
    documents: int  # or conversations
    turns: int = 0  # messages of all conversations
    characters: int
    bytes: int  # of the documents' text in UTF-8
    duplicates: int  # exact duplicates that were left out
    empty: int  # empty documents that were left out
    fields: tuple[str, ...]  # of rows: the names of the fields that hold text
    used_fields: tuple[str, ...]  # of rows: the fields the text was taken from
    warnings: tuple[str, ...]  # sentences
