"""Make a project: its name, its account, and its first owner."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from training.contract.errors import ForesightError
from webapp.projects.models import Membership, Project, Role

LONGEST = 80
MOST = 100
"""Projects of one person."""


def create_project(person: Any, name: str) -> Membership:
    """The person's membership, as owner, of a new project.

    Raises:
        ForesightError: field `name`; it is empty or too long, or the person has too many projects.
    """
    name = checked_name(name)
    if Membership.objects.filter(user=person).count() >= MOST:
        raise ForesightError(
            f"You belong to {MOST} projects already.", field="name", remedy="Leave one that you do not use."
        )
    with transaction.atomic():
        account = get_user_model().objects.create_user(f"project-{secrets.token_hex(8)}")  # no password fits
        project = Project.objects.create(name=name, account=account, maker=person)
        membership: Membership = Membership.objects.create(project=project, user=person, role=Role.OWNER)
    return membership


def rename_project(project: Project, name: str) -> None:
    """Raises ForesightError, field `name`."""
    project.name = checked_name(name)
    project.save(update_fields=["name"])


def checked_name(name: str) -> str:
    """A name without space around it. Raises ForesightError, field `name`."""
    name = " ".join(name.split())
    if not name:
        raise ForesightError("A project needs a name.", field="name", remedy="Say what the work is about.")
    if len(name) > LONGEST:
        raise ForesightError(
            f"The name has {len(name)} characters, and {LONGEST} fit.", field="name", remedy="Shorten it."
        )
    return name
