"""Scans a corpus once: a finished scan is found again by what went into it.

The key covers the documents' texts, the weights and the settings of the scan, not the selection
or the minimum context, which are applied to a finished scan. A scan that is stopped, however, keeps
its finished parts under the same key, and the next call goes on from them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from training.positions.parts import ScanParts
from training.positions.scorer import OnProgress, score_documents
from training.positions.table import write_positions
from training.records import Document

_SCANNING = ".scanning-"
_PARTS = ".parts"
_YOUNG_SECONDS = 60  # a folder may not be locked yet in its first moments
_PARTS_SECONDS = 30 * 24 * 3600

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

    Lies in `home`/cache/positions/<key>. A scan that is stopped leaves its finished parts in
    <key>.parts; a later call takes them up and gives the same bytes as a scan that never stopped.
    """
    found = find_scan(documents, model, settings, home)
    if found is not None:
        return found
    texts = documents_sha256(documents)
    root = home / "cache" / "positions"
    folder = root / _key(texts, model, settings)
    root.mkdir(parents=True, exist_ok=True)
    sweep(root)
    parts = ScanParts(folder.with_name(f"{folder.name}{_PARTS}"))
    with _scratch(root) as scratch:
        summary = write_positions(
            score_documents(documents, model, settings, on_progress, parts),
            scratch,
            model=model,
            token_bytes=TokenBytes(load_tokenizer(model)),
            documents_sha256=texts,
            settings=settings,
        )
        scratch.chmod(0o755)
        _publish(scratch, folder)
    parts.clear()
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


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A folder to write the scan into. It stays locked while this process lives, so that none sweeps it."""
    scratch = Path(tempfile.mkdtemp(prefix=_SCANNING, dir=root))
    handle = os.open(scratch, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(handle)


def sweep(root: Path) -> None:
    """Remove what killed scans left in the cache: their scratch folders, and parts nobody came back for."""
    now = time.time()
    for folder in root.glob(f"{_SCANNING}*"):
        if now - folder.stat().st_mtime > _YOUNG_SECONDS and _abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in root.glob(f"*{_PARTS}"):
        if now - folder.stat().st_mtime > _PARTS_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Whether no process holds the folder's lock."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _publish(scratch: Path, folder: Path) -> None:
    """Give the finished scan its name. Another process may have finished the same one first."""
    try:
        scratch.rename(folder)
    except OSError:
        if not (folder / SUMMARY_FILE).is_file():
            raise
