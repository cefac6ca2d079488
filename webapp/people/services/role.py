"""Make a person staff or not, and let an account in or not. Somebody always stays who can."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from training.contract.errors import ForesightError


def set_staff(user: Any, staff: bool, by: Any) -> None:
    """Raises ForesightError for one's own account, and for the last active administrator."""
    _change(user, "is_staff", staff, by)


def set_active(user: Any, active: bool, by: Any) -> None:
    """A person who is not active is signed out everywhere at once, and so are their API tokens; their jobs go on.

    Raises ForesightError for one's own account, and for the last active administrator.
    """
    _change(user, "is_active", active, by)


def _change(user: Any, field: str, value: bool, by: Any) -> None:
    if user.pk == by.pk:
        raise ForesightError(
            "Nobody can change this of their own account.", remedy="Ask another administrator to do it."
        )
    people = get_user_model().objects
    with transaction.atomic():
        # Two who take each other's rights at one moment wait for each other here.
        staff = set(
            people.select_for_update().filter(is_staff=True, is_active=True).values_list("pk", flat=True)
        )
        if not value and staff <= {user.pk}:
            raise ForesightError(
                f"{user.get_username()} is the last active administrator.",
                remedy="Make another person an administrator first.",
            )
        people.filter(pk=user.pk).update(**{field: value})
