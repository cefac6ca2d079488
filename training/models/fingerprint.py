"""Names weights by their content, so that caches and lineage do not trust a folder's name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from training.models.weights import weight_files


def weights_sha256(folder: Path) -> str:
    """SHA-256, in hex, over the names and contents of a folder's safetensors files, in name order.

    Raises ForesightError for a folder without weights.
    """
    total = hashlib.sha256()
    for file in weight_files(folder):
        with open(file, "rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        total.update(f"{file.name} {digest}\n".encode())
    return total.hexdigest()
