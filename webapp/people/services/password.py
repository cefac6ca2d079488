"""Give a person a new random password."""

from __future__ import annotations

import secrets
from typing import Any

from training.contract.errors import ForesightError


def random_password() -> str:
    """96 random bits: nobody guesses it, and it can be typed."""
    return secrets.token_urlsafe(12)


def reset_password(user: Any, by: Any) -> str:
    """A new password, which is kept nowhere; the person is signed out everywhere.

    Raises ForesightError for one's own account, which would be signed out in the midst of it.
    """
    if user.pk == by.pk:
        raise ForesightError(
            "This is your own account.", remedy="Change your own password on the page of your password."
        )
    password = random_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
