"""Scans a corpus once: a finished scan is found again by what went into it.

The key covers the documents' texts, the weights and the settings of the scan, not the threshold
or the minimum context, which are applied to a finished scan.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.contract.positions_file import (
    POSITIONS_FILE,
    SUMMARY_FILE,
    VOCABULARY_FILE,
    PositionsSummary,
    read_summary,
)
from training.contract.settings.text import PositionsConfig
from training.models.fingerprint import weights_sha256
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.positions.scorer import OnProgress, score_documents
from training.positions.table import write_positions
from training.records import Document

LAYOUT = 1  # raised when the columns or the scoring change, so that older scans are not taken for new


@dataclass(frozen=True, slots=True)
class Scan:
    """A finished scan; summary.json and vocabulary.json lie beside `positions`."""

    positions: Path  # positions.parquet
    summary: PositionsSummary
    reused: bool  # found, not computed


def scan(
    documents: Sequence[Document],
    model: Path,
    settings: PositionsConfig,
    home: Path,
    on_progress: OnProgress = lambda done, total: None,
) -> Scan:
    """Score the documents with the model folder, or find the scan of an earlier call.

    Lies in `home`/cache/positions/<key>. A scan that is stopped leaves nothing behind.
    """
    found = find_scan(documents, model, settings, home)
    if found is not None:
        return found
    texts = documents_sha256(documents)
    root = home / "cache" / "positions"
    folder = root / _key(texts, model, settings)
    root.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".scanning-", dir=root))
    try:
        summary = write_positions(
            score_documents(documents, model, settings, on_progress),
            scratch,
            model=model,
            token_bytes=TokenBytes(load_tokenizer(model)),
            documents_sha256=texts,
            settings=settings,
        )
        scratch.chmod(0o755)
        _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Scan(folder / POSITIONS_FILE, summary, reused=False)


def find_scan(
    documents: Sequence[Document], model: Path, settings: PositionsConfig, home: Path
) -> Scan | None:
    """The scan of an earlier call with the same documents, weights and settings; None where there is none."""
    folder = home / "cache" / "positions" / _key(documents_sha256(documents), model, settings)
    if not (folder / SUMMARY_FILE).is_file():
        return None
    return Scan(folder / POSITIONS_FILE, read_summary(folder / POSITIONS_FILE), reused=True)


def copy_scan(found: Scan, positions: Path) -> None:
    """Lay a scan's files out again: the parquet file as `positions`, the others beside it."""
    positions.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found.positions, positions)
    for name in (VOCABULARY_FILE, SUMMARY_FILE):  # the summary last: it vouches for the others
        shutil.copyfile(found.positions.parent / name, positions.parent / name)


def documents_sha256(documents: Sequence[Document]) -> str:
    """SHA-256, in hex, over the documents' numbers and texts."""
    total = hashlib.sha256()
    for document in documents:
        digest = hashlib.sha256(document.text.encode()).hexdigest()
        total.update(f"{document.index} {digest}\n".encode())
    return total.hexdigest()


def _key(texts: str, model: Path, settings: PositionsConfig) -> str:
    parts = {
        "layout": LAYOUT,
        "documents": texts,
        "weights": weights_sha256(model),
        "tokenizer": hashlib.sha256((model / "tokenizer.json").read_bytes()).hexdigest(),
        "entropy": settings.entropy,
        "top_k": settings.top_k,
        "window": settings.window,
        "window_overlap": settings.window_overlap,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _publish(scratch: Path, folder: Path) -> None:
    """Give the finished scan its name. Another process may have finished the same one first."""
    try:
        scratch.rename(folder)
    except OSError:
        if not (folder / SUMMARY_FILE).is_file():
            raise
