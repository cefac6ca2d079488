"""A checkpoint's Hugging Face folder as an uncompressed tar, laid out without reading a file.

The layout follows from the database row alone (names, sizes, hashes, time), so the same
checkpoint always gives the same bytes and a broken download goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from webapp.checkpoints.segments import FileSegment, Literal, Segment
from webapp.runs.models import Checkpoint
from webapp.runs.names import safe_name

_BLOCK = 512
_MODEL = "model/"
CARD = f"{_MODEL}README.md"
MOST_OF_CARD = 100_000
"""Characters of a model card on a page."""


@dataclass(frozen=True, slots=True)
class Download:
    """Something to send: its bytes as segments, its name and the tag of this very version."""

    segments: tuple[Segment, ...]
    filename: str
    etag: str
    content_type: str


def checkpoint_file(checkpoint: Checkpoint, path: str) -> Download | None:
    """One file of a checkpoint; None when its row lists no such path or the disk holds another size."""
    listed = next((item for item in checkpoint.files if item["path"] == path), None)
    source = located(checkpoint, listed) if listed else None
    if listed is None or source is None:
        return None
    return Download(
        segments=(FileSegment(source, listed["bytes"]),),
        filename=PurePosixPath(path).name,
        etag=f'"{listed["sha256"]}"',
        content_type="application/json" if path.endswith(".json") else "application/octet-stream",
    )


def model_card(checkpoint: Checkpoint) -> str | None:
    """The text of a checkpoint's model card; None where its row lists none or the disk has lost it."""
    listed = next((item for item in checkpoint.files if item["path"] == CARD), None)
    source = located(checkpoint, listed) if listed else None
    return source.read_text(encoding="utf-8", errors="replace")[:MOST_OF_CARD] if source else None


def checkpoint_archive(checkpoint: Checkpoint) -> Download | None:
    """The model folder and a manifest.json of it as one tar; None when a file is missing on the disk."""
    sources = [located(checkpoint, item) for item in checkpoint.files]
    if None in sources:
        return None
    segments = _layout(checkpoint, [source for source in sources if source])
    tag = hashlib.sha256(b"\0".join(s.data for s in segments if isinstance(s, Literal))).hexdigest()
    return Download(segments, f"{_folder(checkpoint)}.tar", f'"{tag}"', "application/x-tar")


def archive_bytes(checkpoint: Checkpoint) -> int:
    """How large that tar is; looks at no file."""
    return sum(segment.length for segment in _layout(checkpoint, [Path()] * len(checkpoint.files)))


def _folder(checkpoint: Checkpoint) -> str:
    return f"{safe_name(checkpoint.run.name)}-step-{checkpoint.step:06d}"


def _layout(checkpoint: Checkpoint, sources: Sequence[Path]) -> tuple[Segment, ...]:
    """The tar in its order; `sources` are where the listed files lie."""
    folder, time = _folder(checkpoint), int(checkpoint.created.timestamp())
    segments: list[Segment] = _member(f"{folder}/manifest.json", Literal(_manifest(checkpoint)), time)
    for item, source in zip(checkpoint.files, sources, strict=True):
        segments += _member(f"{folder}/{_in_archive(item['path'])}", FileSegment(source, item["bytes"]), time)
    length = sum(segment.length for segment in segments) + 2 * _BLOCK  # two zero blocks end a tar
    return (*segments, Literal(bytes(2 * _BLOCK + -length % tarfile.RECORDSIZE)))


def located(checkpoint: Checkpoint, item: dict[str, Any]) -> Path | None:
    """Where a listed file lies, if it is there with the size its row says and inside the run's folder."""
    root = checkpoint.run.folder_path
    path = (root / checkpoint.path / item["path"]).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        return None
    return path if path.stat().st_size == item["bytes"] else None


def _in_archive(path: str) -> str:
    return path.removeprefix(_MODEL)


def _manifest(checkpoint: Checkpoint) -> bytes:
    """What is in the archive, for `sha256` checks after it was unpacked."""
    record = {
        "run": checkpoint.run.name,
        "step": checkpoint.step,
        "weights_sha256": checkpoint.weights_sha256,
        "files": [{**item, "path": _in_archive(item["path"])} for item in checkpoint.files],
    }
    return json.dumps(record, indent=2, ensure_ascii=False).encode() + b"\n"


def _member(name: str, content: Segment, time: int) -> list[Segment]:
    """A tar member: header, content, zeros up to the next block."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = content.length, time, 0o644
    header = info.tobuf(tarfile.PAX_FORMAT)
    return [Literal(header), content, Literal(bytes(-content.length % _BLOCK))]
