"""What reading a corpus found: the report a person sees before anything runs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


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

    format: str  # txt, md, jsonl, csv, parquet, sample or hub
    compression: str = ""  # gzip or zstd; "" for none
    sha256: str  # of the file as uploaded; for `sample` of the text; for `hub` of name, revision and split
    documents: int
    characters: int
    bytes: int  # of the documents' text in UTF-8
    duplicates: int  # exact duplicates that were left out
    empty: int  # empty documents that were left out
    fields: tuple[str, ...]  # of rows: the names of the fields that hold text
    used_fields: tuple[str, ...]  # of rows: the fields the text was taken from
    warnings: tuple[str, ...]  # sentences
