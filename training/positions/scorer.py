"""Scores every token position of documents with a proxy model (RPT 3.2, METHODS A2).

For each position: the entropy of the next-token distribution, its k most likely tokens, and how
the model sees the true token. A document's first token has no context and is no position. Long
documents are scored in windows that overlap; short ones share a pass. Knows no thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.contract.settings.text import PositionsConfig
from training.models.token_bytes import (
    EncodedDocument,
    RoundTripError,
    TokenBytes,
    encode_document,
    load_tokenizer,
)
from training.positions.candidates import describe
from training.positions.proxy import Proxy, load_proxy
from training.positions.windows import Window, windows
from training.records import Document

Columns = dict[str, np.ndarray]

_BATCH_TOKENS = 2048  # tokens of one packed pass: enough for full speed, small enough for caches

OnProgress = Callable[[int, int], None]
"""Called with (positions done, positions in all)."""


@dataclass(frozen=True, slots=True)
class DocumentScores:
    """The positions of one document, sorted by token index."""

    document: int  # Document.index
    tokens: int  # of the whole document, the first one too
    columns: Columns  # those of positions.parquet; top_ids and top_logprobs are [N, k], the others [N]
    skipped: str = ""  # why the document was not scored, or ""


@dataclass(frozen=True, slots=True)
class _Job:
    """One window of one document."""

    document: int  # place in the list of encoded documents
    window: Window
    last: bool  # of its document


def score_documents(
    documents: Sequence[Document],
    folder: Path,
    settings: PositionsConfig,
    on_progress: OnProgress = lambda done, total: None,
) -> Iterator[DocumentScores]:
    """Score documents with the model in `folder`, in float32; yields one result each, in their order.

    A document that the tokenizer cannot give back byte for byte is yielded without positions and
    with the reason.
    """
    tokenizer = load_tokenizer(folder)
    table = TokenBytes(tokenizer)
    encoded: list[EncodedDocument] = []
    reasons: list[str] = []
    for document in documents:
        try:
            encoded.append(encode_document(tokenizer, document.text, table))
            reasons.append("")
        except RoundTripError as error:
            encoded.append(EncodedDocument((), ()))
            reasons.append(error.message)
    scored = _score(load_proxy(folder), encoded, settings, on_progress)
    for document, tokens, reason, columns in zip(documents, encoded, reasons, scored, strict=True):
        placed = _place(columns, tokens, document)
        yield DocumentScores(document.index, len(tokens.ids), placed, skipped=reason)


def _score(
    proxy: Proxy, documents: Sequence[EncodedDocument], settings: PositionsConfig, on_progress: OnProgress
) -> Iterator[Columns]:
    """The model's columns of each document, in order; windows of several documents share a pass."""
    total = sum(max(0, len(document.ids) - 1) for document in documents)
    done = 0
    parts: list[Columns] = []
    for batch in _batches(_jobs(documents, settings)):
        for job, part in zip(batch, _score_batch(proxy, batch, documents, settings), strict=True):
            parts.append(part)
            done += job.window.targets
            if job.last:
                yield {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
                parts = []
        on_progress(done, total)


def _jobs(documents: Sequence[EncodedDocument], settings: PositionsConfig) -> Iterator[_Job]:
    for place, document in enumerate(documents):
        cut = tuple(windows(len(document.ids), settings.window, settings.window_overlap))
        for number, window in enumerate(cut, start=1):
            yield _Job(place, window, last=number == len(cut))


def _batches(jobs: Iterator[_Job]) -> Iterator[list[_Job]]:
    batch: list[_Job] = []
    tokens = 0
    for job in jobs:
        if batch and tokens + job.window.inputs > _BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
        batch.append(job)
        tokens += job.window.inputs
    if batch:
        yield batch


@torch.inference_mode()
def _score_batch(
    proxy: Proxy, jobs: Sequence[_Job], documents: Sequence[EncodedDocument], settings: PositionsConfig
) -> list[Columns]:
    """One pass over several windows; each window's columns, cut to the targets it scores."""
    ids = [documents[job.document].ids for job in jobs]
    spans = [job.window for job in jobs]
    inputs = [part[span.start : span.stop] for part, span in zip(ids, spans, strict=True)]
    following = [part[span.start + 1 : span.stop + 1] for part, span in zip(ids, spans, strict=True)]
    truth = torch.tensor([token for part in following for token in part], dtype=torch.long)
    rows: dict[str, list[np.ndarray]] = {}
    start = 0
    for logits in proxy.logits(inputs):
        said = describe(logits, truth[start : start + len(logits)], settings.top_k, settings.entropy)
        start += len(logits)
        for name, values in said.items():
            rows.setdefault(name, []).append(values.numpy())
    whole = {name: np.concatenate(values) for name, values in rows.items()}
    ends = np.cumsum([span.inputs for span in spans])
    return [_cut(whole, span, int(end)) for span, end in zip(spans, ends, strict=True)]


def _cut(rows: Columns, window: Window, end: int) -> Columns:
    """The rows of the window's targets: the last ones before `end`, after those that only gave context."""
    targets = np.arange(window.first, window.first + window.targets, dtype=np.int32)
    return {
        **{name: values[end - window.targets : end] for name, values in rows.items()},
        "index": targets,
        "context_tokens": targets - np.int32(window.start),
        "window_start": targets == window.first,
    }


def _place(columns: Columns, encoded: EncodedDocument, document: Document) -> Columns:
    """Add which token each target is and where it lies in the document."""
    index = columns["index"]
    ends = np.asarray(encoded.byte_ends, dtype=np.int32)
    starts = ends[index - 1]
    # One byte more, because a token of no bytes may stand at the very end.
    data = np.frombuffer(document.text.encode() + b"\0", dtype=np.uint8)
    return {
        **columns,
        "document": np.full(len(index), document.index, dtype=np.int32),
        "token_id": np.asarray(encoded.ids, dtype=np.int32)[index],
        "byte_start": starts,
        "byte_end": ends[index],
        "inside_character": (data[starts] & 0xC0) == 0x80,  # UTF-8 continuation bytes are 10xxxxxx
    }
