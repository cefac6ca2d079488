"""Names of files that people download."""

from __future__ import annotations

import re


def safe_name(name: str) -> str:
    """A name as part of a file name: ASCII letters, digits, `.`, `_` and `-`, at most 80 of them."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "run"
