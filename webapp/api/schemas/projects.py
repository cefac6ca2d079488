"""Projects, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from webapp.projects.models import Membership

RoleName = Literal["viewer", "editor", "owner"]


class ProjectOut(Schema):
    """A project that the person belongs to."""

    id: int = Field(description="What the header `Foresight-Project` names it by.")
    name: str
    role: RoleName = Field(description="The person's own.")
    created: datetime


class MemberOut(Schema):
    user: str
    role: RoleName


class ProjectDetail(ProjectOut):
    """With everybody who belongs to it."""

    members: list[MemberOut]


class ProjectName(Schema):
    name: str = Field(description="At most 80 characters.")


class MemberRole(Schema):
    role: RoleName


def project_out(mine: Membership) -> ProjectOut:
    return ProjectOut.model_validate(_fields(mine))


def project_detail(mine: Membership) -> ProjectDetail:
    rows = mine.project.memberships.select_related("user")
    members = [MemberOut(user=row.user.get_username(), role=row.role) for row in rows]
    return ProjectDetail.model_validate({**_fields(mine), "members": members})


def _fields(mine: Membership) -> dict[str, object]:
    project = mine.project
    return {"id": project.pk, "name": project.name, "role": mine.role, "created": project.created}
