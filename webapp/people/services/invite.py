"""Make an account for somebody."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from training.contract.errors import ForesightError
from webapp.people.services.password import random_password


def invite(name: str) -> tuple[Any, str]:
    """A new account and its random password, which is kept nowhere.

    Raises ForesightError, field `name`, for a name that is no user name or is taken, however it is written.
    """
    model = get_user_model()
    user = model(username=model.normalize_username(name.strip()))
    password = random_password()
    user.set_password(password)
    with transaction.atomic():
        try:
            user.clean_fields(exclude=["password"])
        except ValidationError as error:
            raise ForesightError(
                f"{name.strip()!r} is no user name.",
                field="name",
                remedy="Use at most 150 letters, digits and @ . + - _ without spaces.",
            ) from error
        if model.objects.filter(username__iexact=user.username).exists():
            raise ForesightError(
                f"There is an account named {user.username!r} already.",
                field="name",
                remedy="Choose another name.",
            )
        user.save()
    return user, password
