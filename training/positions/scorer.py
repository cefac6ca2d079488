"""Scores every token position of documents with a proxy model (RPT 3.2, METHODS A2).

For each position: the entropy of the next-token distribution, its k most likely tokens, and how
the model sees the true token. A document's first token has no context and is no position. Long
documents are scored in windows that overlap; short ones share a pass. The work is cut into parts of
some documents that do not touch each other, so that a part that is kept (`parts.py`) is worth as much
as one that is scored again. Knows no thresholds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

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

PART_BYTES = 64 * 1024  # of text: some seconds of scoring are lost when a scan is killed, no more
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
    seconds: float = 0.0  # wall time of scoring its part, by its share of the part's tokens


class PartStore(Protocol):
    """Keeps the parts of a scan that are finished."""

    def read(self, number: int, documents: Sequence[Document]) -> tuple[DocumentScores, ...] | None:
        """Part `number`, which covers these documents; None where it is not kept."""

    def write(self, number: int, scores: Sequence[DocumentScores]) -> None:
        """Keep part `number`."""


class NoParts:
    """Keeps nothing."""

    def read(self, number: int, documents: Sequence[Document]) -> None:
        return None

    def write(self, number: int, scores: Sequence[DocumentScores]) -> None:
        return None


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
    parts: PartStore | None = None,
) -> Iterator[DocumentScores]:
    """Score documents with the model in `folder`, in float32; yields one result each, in their order.

    A document that the tokenizer cannot give back byte for byte is yielded without positions and
    with the reason. Parts that `parts` has kept are not scored again; progress counts them.
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
    proxy = cache(lambda: load_proxy(folder))  # not loaded where every part is kept
    store = parts or NoParts()
    total, before = _targets(encoded), 0
    for number, part in enumerate(cut_parts(documents)):
        scores = store.read(number, documents[part])
        if scores is None:
            began = time.monotonic()

            def tell(done: int, before: int = before) -> None:
                on_progress(before + done, total)

            scored = _score(proxy(), encoded[part], settings, tell)
            whole = zip(documents[part], encoded[part], reasons[part], scored, strict=True)
            scores = _timed([_document_scores(*one) for one in whole], began)
            store.write(number, scores)
        before += _targets(encoded[part])
        on_progress(before, total)
        yield from scores


def cut_parts(documents: Sequence[Document]) -> Iterator[slice]:
    """Runs of documents of about PART_BYTES of text; the same documents are always cut the same way."""
    start = size = 0
    for place, document in enumerate(documents):
        size += len(document.text.encode())
        if size >= PART_BYTES or place == len(documents) - 1:
            yield slice(start, place + 1)
            start, size = place + 1, 0


def _targets(documents: Sequence[EncodedDocument]) -> int:
    return sum(max(0, len(document.ids) - 1) for document in documents)


def _document_scores(
    document: Document, tokens: EncodedDocument, reason: str, columns: Columns
) -> DocumentScores:
    return DocumentScores(document.index, len(tokens.ids), _place(columns, tokens, document), skipped=reason)


def _timed(scores: Sequence[DocumentScores], began: float) -> tuple[DocumentScores, ...]:
    a_token = (time.monotonic() - began) / max(1, sum(one.tokens for one in scores))
    return tuple(replace(one, seconds=a_token * one.tokens) for one in scores)


def _score(
    proxy: Proxy,
    documents: Sequence[EncodedDocument],
    settings: PositionsConfig,
    on_done: Callable[[int], None],
) -> Iterator[Columns]:
    """The model's columns of each document, in order; windows of several documents share a pass.

    Tells how many positions are done after each pass.
    """
    done = 0
    parts: list[Columns] = []
    for batch in _batches(_jobs(documents, settings)):
        for job, part in zip(batch, _score_batch(proxy, batch, documents, settings), strict=True):
            parts.append(part)
            done += job.window.targets
            if job.last:
                yield {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
                parts = []
        on_done(done)


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
