"""Who belongs to a project. It always has an owner."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from training.contract.errors import ForesightError
from webapp.projects.models import Membership, Project, Role


def add_member(project: Project, username: str, role: str) -> Membership:
    """Raises ForesightError, field `user` or `role`: nobody has the name, or somebody who is a member has it."""
    username = username.strip()
    person = get_user_model().objects.filter(username=username, is_active=True, project=None).first()
    if person is None:
        raise ForesightError(
            f"Nobody here is called {username!r}.",
            field="user",
            remedy="Give the name the person signs in with.",
        )
    membership, new = Membership.objects.get_or_create(
        project=project, user=person, defaults={"role": _checked(role)}
    )
    if not new:
        raise ForesightError(
            f"{username} is a member already.", field="user", remedy="Change the role in the list."
        )
    found: Membership = membership
    return found


def set_role(membership: Membership, role: str) -> None:
    """Raises ForesightError, field `role`: there is no such role, or the project would be without an owner."""
    role = _checked(role)
    with transaction.atomic():
        if role != str(Role.OWNER):
            _check_owner_stays(membership)
        Membership.objects.filter(pk=membership.pk).update(role=role)


def remove_member(membership: Membership) -> None:
    """What the person made stays in the project. Raises ForesightError: the project would be without an owner."""
    with transaction.atomic():
        _check_owner_stays(membership)
        membership.delete()


def _checked(role: str) -> str:
    if role not in Role.values:
        raise ForesightError(
            f"There is no role {role!r}.", field="role", remedy=f"Choose one of {', '.join(Role.values)}."
        )
    return role


def _check_owner_stays(membership: Membership) -> None:
    # Locked in one order, so that two owners who leave at once do not both see the other stay.
    owners = Membership.objects.select_for_update().filter(project=membership.project_id, role=Role.OWNER)
    if {owner.pk for owner in owners.order_by("pk")} == {membership.pk}:
        raise ForesightError(
            f"{membership.user.get_username()} is the project's only owner.",
            field="role",
            remedy="Make somebody else an owner first.",
        )
