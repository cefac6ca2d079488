"""A made scan for tests: a checked corpus of one document and a positions file with chosen figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from webapp.corpora.models import Corpus, Scan
from webapp.jobs.models import State
from webapp.jobs.services.create import create_job, job_folder

TEXT = "One é two"
# token: bytes, entropy, context; the é (two bytes) is cut in half by two tokens
TOKENS = [
    (3, 4, 0.25, 1, False),
    (4, 5, 0.75, 2, False),
    (5, 6, 1.25, 3, True),
    (6, 7, 1.75, 4, False),
    (7, 10, 2.25, 5, False),
]
HIGHEST = 2.25


def made_corpus(home: Path, owner: Any, text: str = TEXT, name: str = "made") -> Corpus:
    """A ready corpus whose documents lie on disk, as the `documents` command leaves them."""
    corpus: Corpus = Corpus.objects.create(
        owner=owner,
        name=name,
        state=Corpus.State.READY,
        file="corpora/x/made.txt",
        original_name="made.txt",
        report={
            "format": "txt",
            "sha256": "0" * 64,
            "documents": 1,
            "characters": len(text),
            "bytes": len(text.encode()),
            "duplicates": 0,
            "empty": 0,
            "fields": [],
            "used_fields": [],
            "warnings": [],
        },
    )
    folder = home / corpus.folder
    folder.mkdir(parents=True)
    line = json.dumps({"index": 0, "name": "made.txt", "text": text}, ensure_ascii=False) + "\n"
    (folder / "documents.jsonl").write_text(line, encoding="utf-8")
    summary = {
        "index": 0,
        "name": "made.txt",
        "characters": len(text),
        "bytes": len(text.encode()),
        "start": text,
    }
    (folder / "documents.index.json").write_text(json.dumps([{**summary, "offset": 0}]), encoding="utf-8")
    return corpus


def made_scan(home: Path, corpus: Corpus, model: str = "smollm2-135m-instruct", min_context: int = 2) -> Scan:
    """A finished scan of `made_corpus`."""
    job = create_job("scan", corpus.owner, "scans/{job}", [])
    job.state = State.SUCCEEDED
    job.save()
    file = job_folder(job) / "positions.parquet"
    write_positions(file)
    scan: Scan = Scan.objects.create(
        corpus=corpus,
        job=job,
        model=model,
        settings={
            "entropy": "renormalised",
            "top_k": 16,
            "threshold": 0.5,
            "min_context": min_context,
        },
        positions_file=str(file),
        summary=json.loads((file.parent / "summary.json").read_text(encoding="utf-8")),
    )
    return scan


def write_positions(file: Path) -> None:
    """positions.parquet, summary.json and vocabulary.json as `python -m training score` writes them."""
    rows = [
        {
            "document": 0,
            "index": place + 1,
            "byte_start": start,
            "byte_end": end,
            "token_id": 10 + place,
            "context_tokens": context,
            "window_start": place == 0,
            "inside_character": inside,
            "entropy": entropy,
            "truth_logprob": -1.0,
            "truth_rank": 1,
            "argmax_id": 7,
            "top_ids": [7, 10 + place],
            "top_logprobs": [-0.5, -1.0],
        }
        for place, (start, end, entropy, context, inside) in enumerate(TOKENS)
    ]
    pq.write_table(pa.Table.from_pylist(rows), file)
    histogram = [0] * 226
    for _, _, entropy, _, _ in TOKENS:
        histogram[round(entropy * 100)] += 1
    summary = {
        "model": "smollm2-135m-instruct",
        "weights_sha256": "1" * 64,
        "documents_sha256": "2" * 64,
        "entropy": "renormalised",
        "top_k": 16,
        "window": 1024,
        "window_overlap": 256,
        "documents": 1,
        "tokens": len(TOKENS) + 1,
        "positions": len(TOKENS),
        "positions_per_document": {"0": len(TOKENS)},
        "histogram": histogram,
        "highest_entropy": HIGHEST,
        "skipped_documents": {},
        "seconds": 2.0,
        "tokens_per_second": 3.0,
    }
    (file.parent / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    (file.parent / "vocabulary.json").write_text(json.dumps({"7": " the", "10": " "}), encoding="utf-8")
