"""Who is asking, and what this server takes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from webapp.api.schemas.common import replies

router = Router(tags=["Account"])


class Me(Schema):
    """The account that the request is made for, and the server's limits."""

    user: str
    project: str = Field(description="The project that the request acts in; empty for the person's own work.")
    role: str = Field(
        description="The person's role there: viewer, editor or owner; empty outside of projects."
    )
    max_upload_bytes: int
    requests_a_minute: int = Field(description="Beyond them requests are answered with 429.")


@router.get("/me", response=replies(Me), summary="Show the account")
def show_me(request: HttpRequest) -> Any:
    """Whose token this is: the way to try one."""
    return Me(
        user=request.person.get_username(),
        project=request.membership.project.name if request.membership else "",
        role=request.membership.role if request.membership else "",
        max_upload_bytes=settings.MAX_UPLOAD_BYTES,
        requests_a_minute=settings.API_REQUESTS_A_MINUTE,
    )
