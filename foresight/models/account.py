"""Whose token it is."""

from __future__ import annotations

from foresight.models.base import Record


class Me(Record):
    """Whose token it is, and what the site takes."""

    user: str
    project: str = ""  # that the client works in
    role: str = ""  # in that project: viewer, editor or owner
    max_upload_bytes: int
    requests_a_minute: int
