"""The files of a finished preparation, to be downloaded."""

from __future__ import annotations

import hashlib

from django.http import Http404

from webapp.checkpoints.archive import Download
from webapp.checkpoints.segments import FileSegment
from webapp.preparations.models import Preparation
from webapp.preparations.page import FILES


def preparation_file(found: Preparation, name: str) -> Download:
    """One of `FILES`. Raises Http404 for another name, or one that is not there."""
    path = found.folder_path / name
    if name not in FILES or not found.summary or not path.is_file():
        raise Http404("The preparation has no such file, or the disk has lost it.")
    about = path.stat()
    tag = hashlib.sha256(f"{found.pk} {name} {about.st_size} {about.st_mtime_ns}".encode()).hexdigest()
    return Download(
        segments=(FileSegment(path, about.st_size),),
        filename=f"preparation-{found.pk}-{name}",
        etag=f'"{tag}"',
        content_type="application/json" if name.endswith(".json") else "application/octet-stream",
    )
