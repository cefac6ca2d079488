"""The ways a view gets a project: by membership. A project of others does not exist."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from webapp.projects.models import Membership


def own_membership(person: Any, project: int) -> Membership:
    """The person's membership of a project. Raises Http404."""
    # By `project__pk`: only then a number that no row can have is known as one.
    found: Membership | None = Membership.objects.of_person(person).filter(project__pk=project).first()
    if found is None:
        raise Http404(
            "There is no such project. It may have been deleted, or you do not belong to it any more."
        )
    return found


def owned_membership(person: Any, project: int) -> Membership:
    """The same, of somebody who says who belongs to the project. Raises Http404 for other members too."""
    found = own_membership(person, project)
    if not found.owns:
        raise Http404("Only an owner of the project may do this.")
    return found
