"""Projects and who belongs to them."""

from __future__ import annotations

from datetime import datetime

from foresight.models.base import Record


class ProjectOut(Record):
    """A project you belong to, with your role: viewer, editor or owner."""

    id: int
    name: str
    role: str
    created: datetime


class MemberOut(Record):
    user: str
    role: str


class ProjectDetail(ProjectOut):
    members: tuple[MemberOut, ...]
